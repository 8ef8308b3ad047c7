"""Columns that a stolen database file does not give away: encrypted with a key that lies outside of it.

The engine's dialect carries the vault (bot/db.py). What was stored before a column was sealed is read as it is.
"""

import json
from typing import Any, Protocol

from sqlalchemy import Dialect, Text, TypeDecorator

SEALED = "gAAAA"
"""how every Fernet token begins"""


class Keys(Protocol):
    def seal_text(self, words: str) -> str: ...
    def open_text(self, sealed: str) -> str: ...


def keys_of(dialect: Dialect) -> Keys:
    keys: Keys | None = getattr(dialect, "vault", None)
    if keys is None:
        raise RuntimeError("this database was opened without a vault")
    return keys


class Sealed(TypeDecorator[str]):
    """Text. An empty one stays empty, so that «nothing said» can be asked for."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return keys_of(dialect).seal_text(value) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return keys_of(dialect).open_text(value) if value and value.startswith(SEALED) else value


class SealedJson(TypeDecorator[Any]):
    """A JSON value."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else keys_of(dialect).seal_text(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return json.loads(keys_of(dialect).open_text(value) if value.startswith(SEALED) else value)
