"""Bot accounts: settings over the platform's own, secrets sealed, states, the month's quota, thousands from a file."""

import asyncio
import json
import logging
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot import HOME, accounts
from bot.config import Config, TelegramSettings, ZaloBotSettings, ZaloOaSettings
from bot.db import Database
from bot.errors import Misuse
from bot.models import Account, AccountState, Unit, UnitKind
from bot.vault import Vault
from tests.conftest import NOW
from tests.test_commands import Trian
from tests.test_commands import trian as trian

VAULT = Vault("khóa của phép thử")
TOKEN = "7000001:AAH-rat-bi-mat"


async def ward(database: Database) -> Unit:
    async with database.write() as db:
        unit = Unit(kind=UnitKind.WARD, code="hong-bang", name="Phường Hồng Bàng")
        db.add(unit)
    return unit


async def test_an_account_is_known_once_however_many_ask(database: Database) -> None:
    async def ask() -> Account:
        async with database.write() as db:
            return await accounts.known(db, "telegram", None, NOW)

    rows = await asyncio.gather(*(ask() for _ in range(5)))
    assert {(row.name, row.state, row.state_since) for row in rows} == {("telegram", "active", NOW)}
    async with database.read() as db:
        assert [row.name for row in await accounts.all_active(db)] == ["telegram"]


async def test_settings_lie_over_the_platforms_and_secrets_come_from_the_vault(database: Database) -> None:
    unit = await ward(database)
    config = Config(telegram=TelegramSettings(token="of-the-config", webhook_secret="w", api="http://127.0.0.1:1"))
    async with database.write() as db:
        add = accounts.add
        one = await add(db, VAULT, "telegram@hong-bang", unit, {"rate": 5}, {"token": TOKEN}, NOW)
        two = await add(db, VAULT, "zalo_bot@hong-bang", unit, {"monthly": 100}, {"token": "z"}, NOW)
        three = await add(db, VAULT, "zalo_oa@hong-bang", unit, {"app_id": "9"}, {"app_secret": "s"}, NOW)
        own = await accounts.known(db, "telegram", None, NOW)
    assert TOKEN.encode() not in (one.sealed or b"")
    assert accounts.settings_of(one, VAULT) == TelegramSettings(token=TOKEN, rate=5)
    assert accounts.settings_of(one, VAULT, config) == TelegramSettings(token=TOKEN, rate=5, api="http://127.0.0.1:1")
    assert accounts.settings_of(two, VAULT) == ZaloBotSettings(token="z", monthly=100)
    assert accounts.settings_of(three, VAULT) == ZaloOaSettings(app_id="9", app_secret="s")
    assert accounts.settings_of(own, VAULT, config) == config.telegram
    assert accounts.shown(one, config) == TelegramSettings(rate=5, api="http://127.0.0.1:1")
    with pytest.raises(Misuse, match="khóa cũ"):
        accounts.settings_of(one, Vault("khóa khác"))


@pytest.mark.parametrize(
    ("name", "settings", "secrets", "words"),
    [
        ("telegram", {}, {"token": "x"}, "chưa đúng"),
        ("viber@a", {}, {"token": "x"}, "chưa đúng"),
        ("telegram@Á", {}, {"token": "x"}, "chưa đúng"),
        ("telegram@" + "a" * 60, {}, {"token": "x"}, "chưa đúng"),
        ("telegram@a", {"speed": 1}, {"token": "x"}, "speed"),
        ("telegram@a", {"token": "x"}, {"token": "x"}, "token"),
        ("telegram@a", {"rate": 0}, {"token": "x"}, "Số tin mỗi giây"),
        ("telegram@a", {"rate": float("nan")}, {"token": "x"}, "Số tin mỗi giây"),
        ("telegram@a", {"rate": True}, {"token": "x"}, "Số tin mỗi giây"),
        ("telegram@a", {"mode": "pigeon"}, {"token": "x"}, "Cách nhận tin"),
        ("telegram@a", {}, {"token": "hai chữ"}, "dấu cách"),
        ("telegram@a", {}, {"token": ""}, "Thiếu"),
        ("telegram@a", {}, {"password": "x"}, "password"),
    ],
)
async def test_what_is_wrong_with_a_new_account_is_told(
    database: Database, name: str, settings: dict[str, object], secrets: dict[str, str], words: str
) -> None:
    with pytest.raises(Misuse, match=words) as told:
        async with database.write() as db:
            await accounts.add(db, VAULT, name, None, settings, secrets, NOW)
    assert "hai chữ" not in str(told.value)
    async with database.read() as db:
        assert (await db.scalars(select(Account))).all() == []


async def test_a_new_secret_replaces_only_the_one_that_was_written(database: Database) -> None:
    async with database.write() as db:
        secrets = {"token": TOKEN, "webhook_secret": "old"}
        row = await accounts.add(db, VAULT, "telegram@a", None, {}, secrets, NOW)
        accounts.change(row, VAULT, {"mode": "webhook"}, {"token": "", "webhook_secret": "new"})
    said = accounts.settings_of(row, VAULT)
    assert said == TelegramSettings(token=TOKEN, mode="webhook", webhook_secret="new")
    assert TOKEN not in repr(said)


async def test_an_account_is_paused_and_resumed_and_keeps_since_when(database: Database) -> None:
    rung = list[str]()

    class Ringer:
        async def within(self, db: object, names: object) -> None: ...

        def after(self, names: set[str]) -> None:
            rung.extend(names)

    database.ringer = Ringer()  # type: ignore[assignment]
    async with database.write() as db:
        await accounts.known(db, "telegram", None, NOW)
        await accounts.pause(db, "telegram", "paused_by_staff", NOW)
        await accounts.pause(db, "telegram", "too_many_failures", NOW + timedelta(hours=1))
    async with database.read() as db:
        row = await db.get_one(Account, "telegram")
        assert (row.state, row.reason, row.state_since) == (AccountState.PAUSED, "paused_by_staff", NOW)
        assert await accounts.all_active(db) == []
    async with database.write() as db:
        await accounts.resume(db, "telegram", "", NOW + timedelta(hours=2))
        await accounts.pause(db, "nobody", "", NOW)
    assert rung == ["telegram"]
    async with database.read() as db:
        assert (await db.get_one(Account, "telegram")).state == AccountState.ACTIVE


async def test_the_months_quota_keeps_a_reserve_for_answers_and_begins_anew_by_vietnams_calendar(
    database: Database,
) -> None:
    last_hour = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)

    async def spend() -> None:
        async with database.write() as db:
            await accounts.spend(db, "zalo_bot", 10, last_hour)

    await asyncio.gather(*(spend() for _ in range(4)))
    async with database.read() as db:
        assert await accounts.used(db, "zalo_bot", last_hour) == 40
        assert await accounts.quota_left(db, "zalo_bot", 60, 15, True, last_hour) == 5
        assert await accounts.quota_left(db, "zalo_bot", 60, 15, False, last_hour) == 20
        assert await accounts.quota_left(db, "zalo_bot", 30, 15, False, last_hour) == 0
        assert await accounts.quota_left(db, "zalo_bot", 0, 0, True, last_hour) is None
        assert await accounts.used(db, "zalo_bot", last_hour + timedelta(minutes=30)) == 0
        assert await accounts.used(db, "zalo_bot@a", last_hour) == 0


# From the command line

HEAD = "name,unit,token,webhook_secret,rate\n"


def typed(trian: Trian, words: str, *arguments: str) -> tuple[int, str, str]:
    """The command with `words` typed into it."""
    command = [sys.executable, "-m", "bot", *arguments, "--config", str(trian.folder / "config.toml")]
    done = subprocess.run(command, cwd=HOME, input=words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def with_units(trian: Trian) -> None:
    assert trian("units", "import", trian.csv("u.csv", "code,name,kind,parent\np,Phường,ward,\n"))[0] == 0


def test_thousands_of_accounts_come_from_a_file_and_no_token_is_ever_shown(
    trian: Trian, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with_units(trian)
    lines = [f"telegram@p-{n},p,{n}:secret-{n},hook-{n},{'5.5' if n % 2 else ''}" for n in range(3000)]
    file = trian.csv("a.csv", HEAD + "\n".join(lines) + "\n\n")
    code, out, error = trian("accounts", "import", file)
    assert (code, error) == (0, "")
    assert "3000" in out
    listed = trian("accounts", "list", "--json")
    rows = json.loads(listed[1])
    assert len(rows) == 3000
    assert rows[0] | {"since": ""} == {
        "name": "telegram@p-0", "unit": "p", "state": "active", "since": "", "reason": "", "used": 0,
    }  # fmt: skip
    assert "secret-" not in out + listed[1] + caplog.text
    folder = trian.folder
    kept = b"".join(path.read_bytes() for path in folder.rglob("*.db*"))
    assert b":secret-7" not in kept
    again = trian("accounts", "import", file)
    assert again[0] == 2
    assert "a.csv:2: Đã có tài khoản" in again[2]


def test_a_bad_line_is_named_and_nothing_of_the_file_is_taken(trian: Trian) -> None:
    with_units(trian)
    for line, words in (
        ("telegram@b,q,2:y,,", "Không có đơn vị «q»"),
        ("telegram,p,2:y,,", "Tên tài khoản «telegram» chưa đúng"),
        ("telegram@b,p,,,", "Thiếu: Mã (token)"),
        ("telegram@b,p,hai chữ,,", "dấu cách"),
        ("telegram@b,p,1:x,,", "«telegram@a» dùng"),
        ("telegram@b,p,2:y,,nhanh", "Số tin mỗi giây"),
        ("telegram@b,p,2:y", "đúng 5 cột"),
        ("telegram@a,p,2:y,,", "Đã có tài khoản"),
    ):
        file = trian.csv("a.csv", f"{HEAD}telegram@a,p,1:x,,\n\n{line}\n")
        code, _, error = trian("accounts", "import", file)
        assert code == 2, line
        assert "a.csv:4: " in error, line
        assert words in error, line
        assert "hai chữ" not in error
    assert json.loads(trian("accounts", "list", "--json")[1]) == []


def test_one_account_is_added_paused_and_resumed(trian: Trian) -> None:
    with_units(trian)
    code, out, error = typed(trian, f"{TOKEN}\n", "accounts", "add", "telegram@p")
    assert (code, error) == (0, "")
    assert TOKEN not in out
    assert trian("accounts", "pause", "telegram@p")[0] == 0
    assert json.loads(trian("accounts", "list", "--json")[1])[0]["reason"] == "paused_by_staff"
    assert trian("accounts", "resume", "telegram@p")[0] == 0
    assert trian("accounts", "resume", "telegram@q")[0] == 2
    assert "dùng chung" in typed(trian, f"{TOKEN}\n", "accounts", "add", "telegram@r")[2]


def test_everything_is_stopped_and_resumed_from_the_command_line(trian: Trian) -> None:
    assert "ĐÃ DỪNG TẤT CẢ" in trian("stop-all")[1]
    assert "cho chạy lại" in trian("resume-all")[1]
    assert trian("confirm-installation")[0] == 2
