"""A post that went out wrong is put right in every chat, never silently: edited, taken away, or an erratum follows."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from math import inf

import pytest
from sqlalchemy import select

from bot.channels import Abilities
from bot.config import Config
from bot.db import Database
from bot.errors import ChannelError, ChatGone, Misuse, Refused
from bot.installation import open_for
from bot.library import Library
from bot.messages import Outgoing, Picture, from_json
from bot.models import AuditEntry, Broadcast, BroadcastState, Correction, Delivery, DeliveryState, Staff
from bot.outbox import Outbox, Terms
from bot.pacer import Pacer
from bot.posts import broadcasts
from bot.posts.approval import correct_at_once
from bot.posts.corrections import Wording, reach
from bot.posts.outcomes import resend_failed
from tests.conftest import NOW
from tests.mailing import fates, out, somebody
from tests.talk import Line

LATER = NOW + timedelta(hours=1)
RIGHT = Wording(wrong="ghi nhầm ngày 24/7", right="lễ dâng hương vào ngày 27/7", text="**Bài**\n\nNgày 27/7.")
PLAIN = Abilities(buttons=False, text_limit=2000, caption_limit=2000, hears_groups=False)
ABLE = replace(PLAIN, edits=True, deletes_within=timedelta(hours=48), replies=True)


def able(*failing: ChannelError) -> Line:
    return Line("telegram", abilities=ABLE, failing=[*failing])


def unable() -> Line:
    """Zalo: what was sent stays as it is."""
    return Line("zalo_bot", abilities=PLAIN)


class Desk:
    """Corrects broadcasts as one officer does."""

    def __init__(self, database: Database, library: Library, config: Config, staff: Staff) -> None:
        self.database, self.library, self.config, self.staff = database, library, config, staff

    async def correct(
        self, id: int, how: Correction, wording: Wording = RIGHT, *, unsent: bool = True, urgent: bool = False
    ) -> int:
        async with self.database.write() as db:
            post = await db.get_one(Broadcast, id)
            made = await correct_at_once(
                db, self.library, self.config, post, how, wording, self.staff, LATER, unsent=unsent, urgent=urgent
            )
        return made.id

    async def deliveries(self, id: int) -> list[Delivery]:
        async with self.database.read() as db:
            rows = select(Delivery).where(Delivery.broadcast_id == id).order_by(Delivery.chat_id)
            return list(await db.scalars(rows))

    async def post(self, id: int) -> Broadcast:
        async with self.database.read() as db:
            return await db.get_one(Broadcast, id)


@pytest.fixture
async def desk(database: Database, library: Library, config: Config) -> Desk:
    return Desk(database, library, config, await somebody(database))


async def sent_out(database: Database, id: int, *lines: Line) -> None:
    """Let the real outbox work until nothing of broadcast `id` is on its way."""
    channels: Mapping[str, Line] = {line.name: line for line in lines}
    box = Outbox(database, channels, lambda _: Terms(Pacer(rate=inf, chat_gap=0.0)), lambda: LATER, open_for(1))
    task = asyncio.create_task(box.run())
    async with asyncio.timeout(10):
        while {"pending", "sending"} & {state for state, _ in await fates(database, id)}:
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_edit_changes_what_was_sent_says_an_erratum_elsewhere_and_goes_anew_to_who_had_nothing(
    database: Database, desk: Desk
) -> None:
    id = await out(
        database,
        ("sent", "", "active"),
        ("sent", "", "active"),
        ("unknown", "no_answer", "active"),
        ("pending", "", "active"),
        ("failed", "kicked", "gone"),
        ("cancelled", "asked", "active"),
        ("sent", "", "stopped"),
    )
    made = await desk.correct(id, Correction.EDIT)
    telegram, zalo = able(), unable()
    await sent_out(database, made, telegram, zalo)
    assert (await desk.post(id)).state == BroadcastState.STOPPED
    assert await fates(database, id) == [
        ("sent", ""),
        ("sent", ""),
        ("unknown", "no_answer"),
        ("cancelled", "corrected"),
        ("failed", "kicked"),
        ("cancelled", "asked"),
        ("sent", ""),
    ]
    assert await fates(database, made) == [
        ("sent", "edited"),
        ("sent", "erratum"),
        ("sent", "erratum"),
        ("sent", ""),
        ("cancelled", "chat_stopped"),
    ]
    assert [(chat, part.text) for chat, _, part in telegram.edited] == [("telegram:-1", "**Bài**\n\nNgày 27/7.")]
    assert [chat for chat, _ in telegram.sent] == ["telegram:-3"]
    (_, erratum), (plain_to, plain) = zalo.sent
    assert (plain_to, plain.text) == ("zalo_bot:-4", "**Bài**\n\nNgày 27/7.")
    for words in ("ĐÍNH CHÍNH", "«Bài»", "23/11/2026", "ghi nhầm ngày 24/7.", "27/7.", "Phường Ví Dụ"):
        assert words in erratum.text, words
    assert telegram.sent[0][1].text == erratum.text


async def test_a_deletion_takes_away_what_it_can_and_asks_elsewhere_not_to_use_it(
    database: Database, desk: Desk
) -> None:
    id = await out(database, ("sent", "", "active"), ("sent", "", "active"), ("pending", "", "active"))
    made = await desk.correct(id, Correction.DELETE, Wording("hình không phải của phường"))
    telegram, zalo = able(), unable()
    await sent_out(database, made, telegram, zalo)
    rows = await desk.deliveries(id)
    assert telegram.deleted == [("telegram:-1", rows[0].platform_id)]
    assert await fates(database, made) == [("sent", "deleted"), ("sent", "erratum")]
    assert "không chuyển tiếp" in zalo.sent[0][1].text
    assert telegram.sent == []
    assert (rows[2].state, rows[2].reason) == (DeliveryState.CANCELLED, "corrected")


async def test_an_erratum_answers_the_wrong_message_where_the_platform_can(database: Database, desk: Desk) -> None:
    id = await out(database, ("sent", "", "active"), ("sent", "", "active"))
    made = await desk.correct(id, Correction.ERRATUM)
    telegram, zalo = able(), unable()
    await sent_out(database, made, telegram, zalo)
    first = (await desk.deliveries(id))[0].platform_id
    assert [telegram.sent[0][1].reply_to, zalo.sent[0][1].reply_to] == [first, ""]
    assert (telegram.edited, telegram.deleted) == ([], [])
    assert await fates(database, made) == [("sent", "erratum"), ("sent", "erratum")]


async def test_where_neither_is_possible_the_page_learns_why(database: Database, desk: Desk) -> None:
    id = await out(database, ("sent", "", "active"), ("sent", "", "gone"))
    made = await desk.correct(id, Correction.EDIT)
    telegram, zalo = able(Refused("refused")), unable()
    zalo.failing = [ChatGone("kicked")]
    await sent_out(database, made, telegram, zalo)
    assert await fates(database, made) == [("sent", "erratum"), ("failed", "kicked")]


async def test_a_picture_stays_with_the_edited_text(database: Database, desk: Desk) -> None:
    id = await out(database, ("sent", "", "active"), ("pending", "", "active"))
    async with database.write() as db:
        post = await db.get_one(Broadcast, id)
        post.message = {**post.message, "picture": {"sha256": "ab" * 32, "alt": "hình"}}
    made = await desk.correct(id, Correction.EDIT)
    message = from_json((await desk.post(made)).message)
    assert message == Outgoing(RIGHT.text, picture=Picture("ab" * 32, "hình"), bulk=True)


async def test_who_was_still_to_get_it_is_left_out_when_staff_say_so(database: Database, desk: Desk) -> None:
    id = await out(database, ("sent", "", "active"), ("pending", "", "active"), ("pending", "", "muted"))
    async with database.read() as db:
        before = await reach(db, await db.get_one(Broadcast, id))
    assert (before.told, before.unsent) == ({"telegram": 1}, 2)
    made = await desk.correct(id, Correction.EDIT, unsent=False, urgent=True)
    assert [(row.chat_id, row.urgency) for row in await desk.deliveries(made)] == [
        ((await desk.deliveries(id))[0].chat_id, "2-urgent")
    ]


async def test_what_was_stopped_first_and_corrected_then_still_reaches_everybody(
    database: Database, desk: Desk
) -> None:
    id = await out(database, ("sent", "", "active"), ("pending", "", "active"))
    async with database.write() as db:
        await broadcasts.stop(db, await db.get_one(Broadcast, id), LATER)
    made = await desk.correct(id, Correction.EDIT)
    assert [row.about_id is None for row in await desk.deliveries(made)] == [False, True]


async def test_a_correction_is_corrected_in_its_newest_only_and_always_about_the_post_itself(
    database: Database, desk: Desk
) -> None:
    id = await out(database, ("sent", "", "active"), ("sent", "", "active"), ("pending", "", "active"))
    first = await desk.correct(id, Correction.EDIT)
    await sent_out(database, first, able(), unable())
    with pytest.raises(Misuse, match="đã có đính chính"):
        await desk.correct(id, Correction.ERRATUM)
    with pytest.raises(Misuse, match="chưa có gì khác"):
        await desk.correct(first, Correction.EDIT)
    second = await desk.correct(first, Correction.EDIT, replace(RIGHT, text="**Bài**\n\nNgày 27/7, lúc 7 giờ."))
    posts, edits = await desk.deliveries(id), await desk.deliveries(first)
    abouts = [row.about_id for row in await desk.deliveries(second)]
    assert abouts == [posts[0].id, posts[1].id, edits[2].id]
    third = await desk.correct(second, Correction.DELETE)
    with pytest.raises(Misuse, match="đã được gỡ"):
        await desk.correct(third, Correction.ERRATUM)
    assert (await desk.post(third)).title == "Bài"


async def test_an_edit_that_was_itself_stopped_half_way_is_made_up_for_by_the_next(
    database: Database, desk: Desk
) -> None:
    id = await out(database, ("sent", "", "active"), ("pending", "", "active"))
    first = await desk.correct(id, Correction.EDIT)
    second = await desk.correct(first, Correction.EDIT, replace(RIGHT, text="khác"))
    assert await fates(database, first) == [("cancelled", "corrected")] * 2
    posts, again = await desk.deliveries(id), await desk.deliveries(second)
    assert [(row.about_id, row.state) for row in again] == [(posts[0].id, "pending"), (None, "pending")]


@pytest.mark.parametrize(
    "wording",
    [
        replace(RIGHT, wrong=""),
        replace(RIGHT, wrong="x" * 801),
        replace(RIGHT, right=""),
        replace(RIGHT, text=""),
        replace(RIGHT, text="chữ"),
        replace(RIGHT, text="x" * 4001),
    ],
)
async def test_a_correction_says_what_was_wrong_and_what_is_right(
    database: Database, desk: Desk, wording: Wording
) -> None:
    id = await out(database, ("sent", "", "active"), ("pending", "", "active"))
    with pytest.raises(Misuse):
        await desk.correct(id, Correction.EDIT, wording)
    assert (await desk.post(id)).state == BroadcastState.PUBLISHED
    assert await fates(database, id) == [("sent", ""), ("pending", "")]


async def test_what_reached_nobody_is_not_corrected_and_goes_on(database: Database, desk: Desk) -> None:
    id = await out(database, ("failed", "kicked", "gone"), ("pending", "", "active"))
    with pytest.raises(Misuse, match="Không còn nhóm nào"):
        await desk.correct(id, Correction.ERRATUM)
    assert await fates(database, id) == [("failed", "kicked"), ("pending", "")]


async def test_the_old_text_is_never_sent_again_and_who_corrected_is_on_record(
    database: Database, library: Library, desk: Desk
) -> None:
    id = await out(database, ("sent", "", "active"), ("failed", "refused", "active"))
    made = await desk.correct(id, Correction.EDIT)
    async with database.write() as db:
        with pytest.raises(Misuse):
            await resend_failed(db, library, await db.get_one(Broadcast, id), LATER)
        noted = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "correct"))).one()
    assert (noted.action, noted.subject, noted.detail) == (
        "correct",
        f"broadcast:{id}",
        {"correction": made, "how": "edit", "chats": 1},
    )


async def test_two_who_correct_at_the_same_moment_make_one_correction(database: Database, desk: Desk) -> None:
    id = await out(database, ("sent", "", "active"))
    both = await asyncio.gather(*[desk.correct(id, Correction.ERRATUM) for _ in range(2)], return_exceptions=True)
    assert sorted(type(one).__name__ for one in both) == ["Misuse", "int"]
