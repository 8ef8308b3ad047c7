"""A receipt that cannot be lost: number, picture, page, the public status page, and the desk that knows him again."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from bot import HOME, chats, outbox
from bot.cases import slips, tips
from bot.cases.numbering import next_serial
from bot.cases.receipts import new_code, spoken
from bot.cases.telling import tell
from bot.config import Config
from bot.db import Database
from bot.library import Library
from bot.media import Media
from bot.messages import Outgoing
from bot.models import ChatKind, ChatState, Delivery, Notice, Task, TaskKind, Tip
from bot.portal.status import TRIES
from bot.press import receipt
from bot.press.receipt import Receipt
from scheduler.receipts import send_pictures
from tests.conftest import NOW
from tests.receipted import STORY, told_tip
from tests.website import website

SLIP = Receipt(
    "Phường Trần Nhân Tông, TP Hải Phòng", "12/2026", "23/11/2026", "4829 1576", "https://a.vn/phieu/48291576"
)


async def test_numbers_run_without_a_gap_whoever_asks_at_the_same_moment(database: Database) -> None:
    async def one(fails: bool) -> str:
        try:
            async with database.write() as db:
                serial = await next_serial(db, "tips", NOW)
                await asyncio.sleep(0)
                if fails:
                    raise ValueError
                return serial
        except ValueError:
            return ""

    given = await asyncio.gather(*(one(number % 3 == 0) for number in range(24)))
    assert sorted(filter(None, given), key=lambda one: int(one.split("/")[0])) == [
        f"{number}/2026" for number in range(1, 17)
    ]


async def test_the_numbers_begin_anew_with_the_year_of_vietnam(database: Database) -> None:
    before, after = datetime(2026, 12, 31, 16, 59, tzinfo=UTC), datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    async with database.write() as db:
        assert [await next_serial(db, "tips", at) for at in (before, before, after)] == ["1/2026", "2/2026", "1/2027"]


async def test_a_tip_keeps_its_number_and_code_when_it_is_finished_again(database: Database) -> None:
    tip = await told_tip(database, NOW)
    async with database.write() as db:
        again = await db.get_one(Tip, tip.id)
        assert await tips.finish(db, again, NOW) == tip.code
        assert again.serial == tip.serial == "1/2026"


@pytest.mark.parametrize("url", ["", "https://tri-an.example/phieu/48291576"])
def test_the_picture_is_1080_wide_and_the_page_a_pdf(url: str) -> None:
    slip = Receipt(SLIP.ward, SLIP.serial, SLIP.day, SLIP.code, url)
    drawn = receipt.card(slip, HOME / "content")
    assert (drawn.width, drawn.png[:4]) == (1080, b"\x89PNG")
    assert drawn.png[16:20] == (1080).to_bytes(4, "big")
    assert "4829 1576" in drawn.alt
    a5, a4 = (receipt.page(slip, HOME / "content", paper) for paper in ("a5", "a4"))
    assert a5 != a4


def test_a_ward_with_a_long_name_gets_its_receipt_on_one_page() -> None:
    long = "Xã Quyết Thắng – Hùng Thắng – Tiên Cường hợp nhất, huyện Tiên Lãng cũ, TP Hải Phòng"
    slip = Receipt(long, "123456/2026", "23/11/2026", "4829 1576", f"https://{'a' * 60}.vn/phieu/48291576")
    for paper in ("a5", "a4"):
        assert len(re.findall(rb"/Type\s*/Page\b", receipt.page(slip, HOME / "content", paper))) == 1
    assert receipt.card(slip, HOME / "content").png


async def test_the_picture_follows_the_code_once_and_does_not_disturb_the_talk(
    database: Database, library: Library, config: Config
) -> None:
    media = Media(config.data / "media", database, b"k" * 32, "")
    tip = await told_tip(database, NOW)
    async with database.write() as db:
        (await db.get_one(Tip, tip.id)).chat.menu = [["Một", "one", False]]
    for expected in (1, 0):
        assert await send_pictures(database, media, library, config, NOW) == expected
    async with database.read() as db:
        (sent,) = await db.scalars(select(Delivery))
        kept = await db.get_one(Tip, tip.id)
    assert sent.message is not None
    assert "1/2026" in sent.message["text"]
    assert sent.message["picture"]["sha256"] == kept.card
    assert spoken(tip.code or "") in sent.message["picture"]["alt"]
    assert STORY not in str(sent.message)
    assert media.path(kept.card).is_file()
    assert kept.chat.menu == [["Một", "one", False]]


async def test_a_ward_whose_own_template_is_broken_sends_ours_and_one_that_has_none_is_told(
    database: Database, library: Library, config: Config, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    media = Media(config.data / "media", database, b"k" * 32, "")
    bare = replace(library, folder=tmp_path)
    await told_tip(database, NOW)
    assert await send_pictures(database, media, bare, config, NOW) == 1
    monkeypatch.setattr(slips, "SHIPPED", tmp_path)
    await told_tip(database, NOW, "telegram:88")
    for _ in range(2):
        assert await send_pictures(database, media, bare, config, NOW) == 0
    async with database.read() as db:
        (notice,) = await db.scalars(select(Notice))
        assert len(list(await db.scalars(select(Delivery)))) == 1
    assert "Phiếu số 2/2026" in notice.sentence


async def test_nothing_can_be_queued_for_the_desk_and_who_is_there_is_called(database: Database) -> None:
    tip = await told_tip(database, NOW)
    async with database.write() as db:
        desk = await chats.desk(db, NOW)
        with pytest.raises(ValueError, match="desk"):
            await outbox.put(db, desk, Outgoing("x"), NOW)
        mine = await db.get_one(Tip, tip.id)
        mine.chat_id, mine.chat = desk.id, desk
        await tell(db, mine, Outgoing("Bác nhớ tên làng không ạ?"), NOW)
    async with database.read() as db:
        (task,) = await db.scalars(select(Task))
        assert (task.kind, task.words, task.tip_id) == (TaskKind.CALL, "Bác nhớ tên làng không ạ?", tip.id)
        assert (await db.scalars(select(Delivery))).all() == []
    assert desk.kind == ChatKind.PRIVATE


async def test_who_has_left_the_channel_is_called_too(database: Database) -> None:
    tip = await told_tip(database, NOW)
    async with database.write() as db:
        mine = await db.get_one(Tip, tip.id)
        mine.chat.state = ChatState.GONE
        await tell(db, mine, Outgoing("x"), NOW)
        assert (await db.scalars(select(Task))).one().kind == TaskKind.CALL


# The public page


async def test_the_page_of_a_receipt_says_where_the_tip_stands_and_nothing_else(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        tip = await told_tip(site.database, NOW)
        async with site.session.get(f"{site.url}/phieu", params={"ma": spoken(tip.code or "")}) as answer:
            words = await answer.text()
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "Phường đã nhận, cán bộ sẽ xem." in words
        for kept in (STORY, "Tám", "Ví Dụ", "0912"):
            assert kept not in words
        async with site.session.get(f"{site.url}/phieu/{tip.code}/in") as answer:
            assert answer.content_type == "application/pdf"
            assert (await answer.read()).startswith(b"%PDF")


async def test_guessing_codes_ends_for_a_quarter_of_an_hour_for_that_address_only(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        tip = await told_tip(site.database, NOW)
        for _ in range(TRIES):
            assert await status(site.session, f"{site.url}/phieu/{new_code()}") == 404
        assert await status(site.session, f"{site.url}/phieu/{tip.code}") == 429
        assert await status(site.session, f"{site.url}/phieu/{tip.code}/in") == 429
        elsewhere = {"X-Forwarded-For": "9.9.9.9, 203.0.113.9"}
        assert await status(site.session, f"{site.url}/phieu/{tip.code}", **elsewhere) == 200


async def status(session: ClientSession, url: str, **headers: str) -> int:
    async with session.get(url, headers=headers) as answer:
        return answer.status
