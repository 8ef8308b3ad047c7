"""The sentences of content/texts/*.toml by key («tips.thanks»), filled in by jinja2. Posts are in library.py."""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot import HOME

sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
"""Staff edit templates: they may compute, but reach nothing."""


class Texts:
    """texts("tips.thanks", code="…") -> the sentence. Raises KeyError for an unknown key, UndefinedError for a gap."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self.sentences = sentences
        self._templates: dict[str, Template] = {}

    def __call__(self, key: str, /, **values: Any) -> str:
        sentence = self.sentences[key]
        if "{" not in sentence:
            return sentence.strip()
        if key not in self._templates:
            self._templates[key] = sandbox.from_string(sentence)
        return self._templates[key].render(values).strip()

    def __contains__(self, key: object) -> bool:
        return key in self.sentences

    def under(self, prefix: str) -> dict[str, str]:
        """The raw sentences below `prefix`, by the rest of their key."""
        return {key[len(prefix) + 1 :]: text for key, text in self.sentences.items() if key.startswith(prefix + ".")}


def read_texts(folder: Path, mistaken: Callable[[str, str], None] | None = None) -> Texts:
    """All sentences of `folder`/*.toml; the file's name is the first part of the key.

    With `mistaken(file, words)` a file or a sentence that cannot be used is told there, and ours stands in for it,
    as for one that is missing; without it, TOMLDecodeError.
    """
    sentences = dict(shipped().sentences) if mistaken else {}
    for file in sorted(folder.glob("*.toml")):
        try:
            own: dict[str, str] = {}
            _flatten(file.stem, tomllib.loads(file.read_text("utf-8")), own)
        except tomllib.TOMLDecodeError as error:
            if mistaken is None:
                raise
            mistaken(file.name, str(error))
            continue
        for key, sentence in own.items():
            words = _mistake(sentence) if mistaken and sentence != sentences.get(key) else ""
            if mistaken and words:
                mistaken(file.name, f"{key}: {words}")
            else:
                sentences[key] = sentence
    return Texts(sentences)


def _mistake(sentence: str) -> str:
    try:
        sandbox.parse(sentence)
    except TemplateSyntaxError as error:
        return str(error)
    return ""


def _flatten(prefix: str, table: Mapping[str, Any], into: dict[str, str]) -> None:
    for key, value in table.items():
        if isinstance(value, Mapping):
            _flatten(f"{prefix}.{key}", value, into)
        else:
            into[f"{prefix}.{key}"] = "\n".join(value) if isinstance(value, list) else str(value)


@cache
def shipped() -> Texts:
    """The sentences that came with the program, for what is said before any configuration is read."""
    return read_texts(HOME / "content" / "texts")
