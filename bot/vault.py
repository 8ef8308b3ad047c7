"""Secrets that are kept in the database are sealed with a key that is not: from config.toml, or a file in var/."""

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.config import Config
from bot.errors import Misuse
from bot.models.sealed import SEALED
from bot.texts import shipped

FILE = "key"


class Vault:
    """Seals with the newest key, opens with any. Keys are words, separated by commas; the first is the newest."""

    def __init__(self, keys: str) -> None:
        self._fernet = MultiFernet([Fernet(_stretched(key.strip())) for key in keys.split(",") if key.strip()])

    def seal(self, secrets: dict[str, Any]) -> bytes:
        return self._fernet.encrypt(json.dumps(secrets).encode())

    def seal_text(self, words: str) -> str:
        return self._fernet.encrypt(words.encode()).decode()

    def open_text(self, sealed: str) -> str:
        """Raises Misuse when no key fits."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise Misuse(shipped()("config.wrong_key")) from None

    def renewed(self, words: str) -> str:
        """Sealed with the newest key, whether they were sealed before or lay open. Raises Misuse when no key fits."""
        if not words.startswith(SEALED):
            return self.seal_text(words)
        try:
            return self._fernet.rotate(words).decode()
        except InvalidToken:
            raise Misuse(shipped()("config.wrong_key")) from None

    def open(self, sealed: bytes) -> dict[str, Any]:
        """Raises Misuse when no key fits."""
        try:
            opened: dict[str, Any] = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise Misuse(shipped()("config.wrong_key")) from None
        return opened


def vault_of(config: Config) -> Vault:
    """With the configured key; else with the one in var/key, made at the first call, for the owner's eyes only."""
    if config.service.key:
        return Vault(config.service.key)
    file = config.data / FILE
    if not file.exists():
        _write(file, Fernet.generate_key().decode())
    return Vault(file.read_text())


def new_key(config: Config) -> None:
    """Puts a new key before those in var/key; the old ones go on opening what they sealed."""
    file = config.data / FILE
    fresh = file.with_suffix(".new")
    _write(fresh, f"{Fernet.generate_key().decode()},{file.read_text().strip()}")
    fresh.replace(file)


def _write(file: Path, keys: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(keys)
        new.flush()
        os.fsync(new.fileno())


def _stretched(key: str) -> bytes:
    """Fernet's own kind of key as it is; any other words by their hash."""
    try:
        if len(base64.urlsafe_b64decode(key)) == 32:
            return key.encode()
    except ValueError:
        pass
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())
