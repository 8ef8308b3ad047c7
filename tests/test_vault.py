"""Secrets in the database are sealed with a key that is not in it."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.config import Config
from bot.errors import Misuse
from bot.vault import FILE, Vault, vault_of
from tests.test_commands import Trian
from tests.test_commands import trian as trian

SECRETS = {"token": "123:kín", "webhook_secret": "x"}


def test_what_is_sealed_is_opened_with_the_same_key_alone() -> None:
    sealed = Vault("một chùm chữ").seal(SECRETS)
    assert b"123" not in sealed
    assert Vault("một chùm chữ").open(sealed) == SECRETS
    with pytest.raises(Misuse, match="khóa cũ"):
        Vault("chùm khác").open(sealed)
    with pytest.raises(Misuse):
        Vault("một chùm chữ").open(sealed[:-4] + b"AAAA")


def test_a_key_is_changed_by_writing_the_new_one_before_the_old() -> None:
    old, new = Fernet.generate_key().decode(), "khóa mới"
    sealed = Vault(old).seal(SECRETS)
    both = Vault(f"{new}, {old}")
    assert both.open(sealed) == SECRETS
    assert Vault(new).open(both.seal(both.open(sealed))) == SECRETS


def test_without_a_configured_key_one_is_made_for_the_owners_eyes(tmp_path: Path) -> None:
    config = Config(folder=tmp_path)
    sealed = vault_of(config).seal(SECRETS)
    assert (config.data / FILE).stat().st_mode & 0o777 == 0o600
    assert vault_of(config).open(sealed) == SECRETS
    configured = replace(config, service=replace(config.service, key="của cấu hình"))
    with pytest.raises(Misuse):
        vault_of(configured).open(sealed)
    assert "của cấu hình" not in repr(configured)


def test_a_new_key_is_made_by_a_command_and_the_old_one_still_opens_old_backups(trian: Trian) -> None:
    assert trian("migrate")[0] == 0
    file = trian.folder / "var" / FILE
    config = Config(folder=trian.folder)
    before = vault_of(config).seal(SECRETS)
    old = file.read_text()
    code, out, _ = trian("keys", "new")
    assert (code, "khóa mới nhất" in out) == (0, True)
    assert file.read_text().endswith(f",{old}")
    assert file.stat().st_mode & 0o777 == 0o600
    assert vault_of(config).open(before) == SECRETS
    with pytest.raises(Misuse):
        Vault(old).open(vault_of(config).seal(SECRETS))
