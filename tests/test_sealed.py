"""A stolen database file gives away no phone number, no coordinate and no word of a tip."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from bot.db import Database
from bot.errors import Misuse
from bot.messages import AttachmentKind
from bot.models import Delivery, TipAnswer, Update
from bot.resealing import reseal
from bot.vault import Vault
from tests.conftest import NOW, POSTGRESQL
from tests.talk import Talk

SAID = ("Chôn anh Tám cạnh suối Đá Bàn", "0912345678")
PIN = {"latitude": 16.123456, "longitude": 107.654321}


async def told(talk: Talk) -> None:
    for words in ("báo tin", "Tôi đồng ý", *SAID):
        await talk.say(words)
    await talk.send(AttachmentKind.LOCATION, latitude=16.123456, longitude=107.654321)


def lying_in(folder: Path) -> bytes:
    """What a thief of the files has, but for the key."""
    return b"".join(file.read_bytes() for file in sorted(folder.glob("trian.db*")))


@pytest.mark.skipif(bool(POSTGRESQL), reason="about the file of SQLite")
async def test_the_files_of_the_database_hold_none_of_it(talk: Talk, tmp_path: Path) -> None:
    await told(talk)
    stolen = lying_in(tmp_path)
    assert b"telegram:77" in stolen
    for secret in (*SAID, *map(str, PIN.values())):
        assert secret.encode() not in stolen
        assert secret.encode("unicode_escape") not in stolen


async def test_with_the_key_it_is_read_as_it_was_said(talk: Talk) -> None:
    await told(talk)
    async with talk.database.read() as db:
        said = list(await db.scalars(select(TipAnswer.said).order_by(TipAnswer.id)))
        pin = (await db.scalars(select(TipAnswer.understood).order_by(TipAnswer.id.desc()))).first()
        answer = (await db.scalars(select(Delivery.message).order_by(Delivery.id))).first()
    assert said[:2] == list(SAID)
    assert pin is not None
    assert pin["latitude"] == PIN["latitude"]
    assert answer is not None
    assert answer["text"]


async def test_what_lay_open_before_is_read_and_then_sealed(talk: Talk) -> None:
    """As after an upgrade: the words of old rows."""
    await told(talk)
    plain = sa.table("tip_answers", sa.column("said"), sa.column("understood"))
    async with talk.database.write() as db:
        await db.execute(sa.update(plain).values(said="lời cũ", understood='{"kind": "words"}'))
    async with talk.database.read() as db:
        assert set(await db.scalars(select(TipAnswer.said))) == {"lời cũ"}
    assert await reseal(talk.database, _vault(talk.database)) > 10
    async with talk.database.read() as db:
        assert set(await db.scalars(select(TipAnswer.said))) == {"lời cũ"}
        assert all(words.startswith("gAAAA") for words in await db.scalars(select(plain.c.said)))


async def test_after_a_change_of_the_key_the_old_one_opens_nothing(talk: Talk) -> None:
    await told(talk)
    both = Vault("khóa mới, a key for the tests")
    talk.database.engine.dialect.vault = both  # type: ignore[attr-defined]
    await reseal(talk.database, both)
    for keys, opens in (("khóa mới", True), ("a key for the tests", False)):
        talk.database.engine.dialect.vault = Vault(keys)  # type: ignore[attr-defined]
        for query in (select(TipAnswer.said), select(Update.body), select(Delivery.message)):
            async with talk.database.read() as db:
                if opens:
                    assert list(await db.scalars(query))
                else:
                    with pytest.raises(Misuse):
                        list(await db.scalars(query))
    talk.database.engine.dialect.vault = both  # type: ignore[attr-defined]


async def test_without_a_vault_nothing_sealed_is_written(database_url: str, database: Database) -> None:
    blind = Database(database_url)
    async with blind.read() as db:
        with pytest.raises(sa.exc.StatementError, match="without a vault"):
            await db.execute(sa.insert(Update).values(channel="telegram", key="1", body="lời", received_at=NOW))
    await blind.close()


def _vault(database: Database) -> Vault:
    vault = database.engine.dialect.vault  # type: ignore[attr-defined]
    assert isinstance(vault, Vault)
    return vault
