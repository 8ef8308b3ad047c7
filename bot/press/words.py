"""What pictures and papers read their words from: sentences of content/texts, numbers the Vietnamese way."""

import math
import tomllib
from pathlib import Path

from bot.press.values import PressError

Fields = dict[str, object]
"""what a template reads from `v`; JSON-able"""


class Words:
    """words("target.none") -> the sentence, filled in by str.format. Raises PressError for a missing key or a gap."""

    def __init__(self, path: Path) -> None:
        try:
            self._tables = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise PressError(f"{path.name}: {error}") from error

    def __call__(self, key: str, /, **values: str) -> str:
        try:
            table, _, name = key.rpartition(".")
            sentence = (self._tables[table] if table else self._tables)[name]
            return str(sentence).format(**values)
        except (LookupError, ValueError, AttributeError, TypeError) as error:
            raise PressError(f"press.toml: {key}: {error!r}") from error


def number(value: float) -> str:
    """2730 -> «2.730», 0.5 -> «0,5»; at most two decimals. Raises PressError for what is not a finite number."""
    if not math.isfinite(value):
        raise PressError(f"not a number: {value}")
    return f"{value:,.2f}".rstrip("0").rstrip(".").translate(str.maketrans(",.", ".,"))


def source_line(source: str, words: Words) -> str:
    return sentence(words("source", source=source)) if source else ""


def sentence(clause: str) -> str:
    """The clause with a capital and a full stop; nothing stays nothing."""
    clause = capital(clause.strip())
    return clause and clause + ("" if clause[-1] in ".!?…:;" else ".")


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]
