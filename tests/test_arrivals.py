"""What a message tells beyond its words: it was here before, somebody draws too much out of us, a send has arrived."""

import json
from datetime import timedelta

from sqlalchemy import select

from bot.messages import Outgoing, to_json
from bot.models import Chat, Delivery, DeliveryState, Tip, Update
from tests.conftest import NOW
from tests.talk import Talk


async def said(talk: Talk, key: str, **more: object) -> None:
    """One raw update under the platform's id `key`."""
    update = {
        "id": key,
        "chat": "77",
        "in_group": False,
        "sender_name": "Bác",
        "at": NOW.isoformat(),
        "text": "xin chào",
    }
    await talk.inbox.receive("telegram", [(key, json.dumps({**update, **more}))])
    await talk.inbox.handle_waiting()


async def outcomes(talk: Talk) -> list[str]:
    async with talk.database.read() as db:
        return list(await db.scalars(select(Update.outcome).order_by(Update.id)))


async def answers(talk: Talk) -> int:
    async with talk.database.read() as db:
        return len((await db.scalars(select(Delivery.id))).all())


async def test_the_same_message_under_another_id_is_answered_once(talk: Talk) -> None:
    at = (NOW + timedelta(milliseconds=455)).isoformat()
    await said(talk, "m1", at=at)
    before = await answers(talk)
    await said(talk, "m2", at=at)
    await said(talk, "m3", at=(NOW + timedelta(milliseconds=456)).isoformat())
    assert await outcomes(talk) == ["answered", "refused", "answered"]
    assert await answers(talk) == 2 * before


async def test_where_time_is_counted_in_seconds_two_equal_words_are_two_messages(talk: Talk) -> None:
    await said(talk, "m1", text="1")
    await said(talk, "m2", text="1")
    assert "refused" not in await outcomes(talk)


async def test_an_edit_is_heard_when_it_says_something_else_than_the_message_said_last(talk: Talk) -> None:
    await said(talk, "m1", text="báo tin")
    await said(talk, "m1/e1", edits="m1", text="báo tin")
    await said(talk, "m1/e2", edits="m1", text="tiến độ")
    await said(talk, "m1/e3", edits="m1", text="tiến độ")
    await said(talk, "m1/e4", edits="m1", text="báo tin")
    heard = [outcome != "refused" for outcome in await outcomes(talk)]
    assert heard == [True, False, True, False, True]


async def test_edits_that_come_in_one_heap_with_their_message_are_heard_one_after_the_other(talk: Talk) -> None:
    same = {"chat": "77", "in_group": False, "sender_name": "Bác", "at": NOW.isoformat()}
    versions = [
        {"id": "m1", "text": "xin chào"},
        {"id": "m1/e1", "edits": "m1", "text": "tiến độ"},
        {"id": "m1/e2", "edits": "m1", "text": "xin chào"},
        {"id": "m1/e3", "edits": "m1", "text": "xin chào"},
    ]
    await talk.inbox.receive("telegram", [(one["id"], json.dumps({**same, **one})) for one in versions])
    await talk.inbox.handle_waiting()
    assert [outcome != "refused" for outcome in await outcomes(talk)] == [True, True, True, False]


async def test_a_number_in_an_edit_is_no_choice_of_what_was_offered_since(talk: Talk) -> None:
    await said(talk, "m1", text="xin chào")
    await said(talk, "m2", text="1 người")
    await said(talk, "m3", text="xin chào")
    await said(talk, "m2/e1", edits="m2", text="1")
    async with talk.database.read() as db:
        assert await db.scalar(select(Tip.id)) is None


async def test_who_bears_half_a_character_in_his_name_is_set_aside_like_anybody_and_holds_nobody_up(talk: Talk) -> None:
    await said(talk, "m1", chat="78", sender_name="Ba \udc4d", text="xin chào")
    await said(talk, "m2", chat="79", text="xin chào")
    async with talk.database.read() as db:
        states = list(await db.scalars(select(Update.state).order_by(Update.id)))
        names = list(await db.scalars(select(Chat.title).order_by(Chat.id)))
    assert states == ["set_aside", "done"]
    assert names == ["Ba \ufffd", "Bác"]


async def test_a_chat_that_draws_answers_without_end_is_held_back_but_what_it_says_is_kept(talk: Talk) -> None:
    for number in range(65):
        await said(talk, f"m{number}", text=f"xin chào {number}" if number % 2 else "xin chào")
    found = await outcomes(talk)
    assert len(found) == 65
    assert found[-1] == "refused"
    assert await answers(talk) == 60


async def test_who_replies_to_a_message_of_unknown_outcome_has_received_it(talk: Talk) -> None:
    await said(talk, "m1")
    async with talk.database.write() as db:
        row = (await db.scalars(select(Delivery).order_by(Delivery.id).limit(1))).one()
        row.state, row.reason = DeliveryState.UNKNOWN, "no_answer"
        row.message = to_json(Outgoing("**Chào** bác"))
    await said(talk, "m2", text="cảm ơn", replies_to="4711", quoted="Chào bác")
    async with talk.database.read() as db:
        row = await db.get_one(Delivery, row.id)
    assert (row.state, row.reason, row.platform_id) == (DeliveryState.SENT, "settled_by_reply", "4711")


async def test_a_reply_to_a_message_that_is_known_settles_nothing(talk: Talk) -> None:
    await said(talk, "m1")
    await said(talk, "m2", text="xin chào lần nữa")
    async with talk.database.write() as db:
        rows = (await db.scalars(select(Delivery).order_by(Delivery.id))).all()
        rows[0].state, rows[0].reason = DeliveryState.UNKNOWN, "no_answer"
        rows[1].state, rows[1].platform_id = DeliveryState.SENT, "4711"
    await said(talk, "m3", text="cảm ơn", replies_to="4711")
    async with talk.database.read() as db:
        assert (await db.get_one(Delivery, rows[0].id)).state == DeliveryState.UNKNOWN


async def test_what_many_say_at_the_same_moment_is_answered_as_if_they_had_come_one_by_one(talk: Talk) -> None:
    """Two people, the second in a hurry: he goes on before he has read our answer, and sends one message twice."""
    said = [
        ("7", "báo tin"),
        ("8", "báo tin"),
        ("8", "Tôi đồng ý"),
        ("7", "Tôi đồng ý"),
        ("8", "Ở gần suối"),
        ("8", "d3 e9"),
    ]
    rows = [_raw(talk, number, chat, words) for number, (chat, words) in enumerate([*said, ("8", "d3 e9")])]
    await talk.inbox.receive("telegram", rows)
    await talk.inbox.handle_waiting()
    async with talk.database.read() as db:
        told = {tip.chat.address: [one.said for one in tip.answers] for tip in await db.scalars(select(Tip))}
        outcomes = list(await db.scalars(select(Update.outcome).order_by(Update.id)))
    assert told == {"telegram:7": [], "telegram:8": ["Ở gần suối\nd3 e9"]}
    assert outcomes == ["answered"] * 6 + ["refused"]


def _raw(talk: Talk, number: int, chat: str, words: str) -> tuple[str, str]:
    at = talk.now + timedelta(milliseconds=1 + len(words))
    said = {"id": str(number), "at": at.isoformat(), "chat": chat, "text": words, "choice": None, "in_group": False}
    return f"u{number}", json.dumps({**said, "sender_name": ""})
