"""What Telegram accounts change and take away of what they sent, and what many of them in one process share."""

import hashlib
from collections.abc import AsyncIterator

import pytest

from bot.channels.connections import Connections
from bot.channels.telegram import Telegram
from bot.config import TelegramSettings
from bot.errors import Refused, Throttled, Unknown
from bot.messages import Address, Choice, Outgoing, Picture
from tests.standins.port import Shelf
from tests.standins.telegram import TelegramStandin

GROUP = -1001234567890
TO_GROUP = Address("telegram", str(GROUP))
IMAGE = b"\x89PNG a picture"
SHA = hashlib.sha256(IMAGE).hexdigest()
PICTURE = Picture(SHA, alt="Tấm hình")


@pytest.fixture
async def server() -> AsyncIterator[TelegramStandin]:
    async with TelegramStandin() as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def telegram(server: TelegramStandin) -> AsyncIterator[Telegram]:
    telegram = Telegram(TelegramSettings(token=server.token, api=server.url), Shelf({SHA: IMAGE}))
    yield telegram
    await telegram.close()


# What stands already is changed or taken away


async def test_an_edited_message_has_the_new_words_and_no_buttons(server: TelegramStandin, telegram: Telegram) -> None:
    sent = await telegram.send(TO_GROUP, Outgoing("Cũ", choices=(Choice("Có", "yes"),)), "key")
    await telegram.edit(TO_GROUP, sent.id, Outgoing("**Mới**"))
    assert [(m.text, m.bold, m.buttons) for m in server.messages] == [("Mới", ("Mới",), [])]


@pytest.mark.parametrize("pictured", [True, False])
async def test_what_stands_under_a_picture_is_edited_whether_or_not_the_picture_is_told(
    server: TelegramStandin, telegram: Telegram, pictured: bool
) -> None:
    sent = await telegram.send(TO_GROUP, Outgoing("Cũ", PICTURE), "key")
    await telegram.edit(TO_GROUP, sent.id, Outgoing("**Mới**", PICTURE if pictured else None))
    assert [(m.text, m.bold, m.photo) for m in server.messages] == [("Mới", ("Mới",), SHA)]


async def test_a_picture_that_went_out_as_words_is_edited_as_words(server: TelegramStandin, telegram: Telegram) -> None:
    server.faults[GROUP] = "no_photo"
    sent = await telegram.send(TO_GROUP, Outgoing("Cũ", PICTURE), "key")
    await telegram.edit(TO_GROUP, sent.id, Outgoing("Mới", PICTURE))
    assert [(m.text, m.photo) for m in server.messages] == [("Mới", "")]


async def test_to_edit_or_to_delete_twice_is_harmless(server: TelegramStandin, telegram: Telegram) -> None:
    sent = await telegram.send(TO_GROUP, Outgoing("Cũ"), "key")
    for _ in range(2):
        await telegram.edit(TO_GROUP, sent.id, Outgoing("Mới"))
    for _ in range(2):
        await telegram.delete(TO_GROUP, sent.id)
    assert ([m.text for m in server.messages], [m.text for m in server.deleted]) == ([], ["Mới"])


async def test_after_two_days_a_message_can_be_edited_but_not_deleted(
    server: TelegramStandin, telegram: Telegram
) -> None:
    sent = await telegram.send(TO_GROUP, Outgoing("Cũ"), "key")
    assert telegram.abilities.deletes_within is not None
    server.age(telegram.abilities.deletes_within)
    await telegram.edit(TO_GROUP, sent.id, Outgoing("Mới"))
    with pytest.raises(Refused) as failure:
        await telegram.delete(TO_GROUP, sent.id)
    assert failure.value == Refused("cannot_delete", "Bad Request: message can't be deleted for everyone")
    assert [m.text for m in server.messages] == ["Mới"]


@pytest.mark.parametrize("id", ["9", ""])
async def test_what_is_not_there_cannot_be_edited(telegram: Telegram, id: str) -> None:
    with pytest.raises(Refused) as failure:
        await telegram.edit(TO_GROUP, id, Outgoing("Mới"))
    assert failure.value.reason == "cannot_edit"


async def test_edits_are_refused_for_speed_and_deletions_fail_like_any_send(
    server: TelegramStandin, telegram: Telegram
) -> None:
    sent = await telegram.send(TO_GROUP, Outgoing("Cũ"), "key")
    server.throttled[GROUP] = 7
    with pytest.raises(Throttled):
        await telegram.edit(TO_GROUP, sent.id, Outgoing("Mới"))
    server.faults[GROUP] = "error500"
    with pytest.raises(Unknown):
        await telegram.delete(TO_GROUP, sent.id)


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText"])
async def test_marks_that_telegram_does_not_take_are_left_out(
    server: TelegramStandin, telegram: Telegram, method: str
) -> None:
    sent = await telegram.send(TO_GROUP, Outgoing("Cũ"), "key")
    server.no_marks = True
    if method == "sendMessage":
        sent = await telegram.send(TO_GROUP, Outgoing("**Mới**"), "key")
        assert sent.poorer == "plain_text"
    else:
        await telegram.edit(TO_GROUP, sent.id, Outgoing("**Mới**"))
    assert (server.messages[-1].text, server.messages[-1].bold) == ("Mới", ())


# Many accounts


@pytest.mark.parametrize(("paid", "bulk", "asked"), [(True, True, True), (True, False, False), (False, True, False)])
async def test_only_posts_of_an_account_that_pays_are_paid_for(
    server: TelegramStandin, paid: bool, bulk: bool, asked: bool
) -> None:
    telegram = Telegram(TelegramSettings(token=server.token, api=server.url, paid_broadcast=paid), Shelf())
    [part] = telegram.parts(Outgoing("Bài", bulk=bulk))
    await telegram.send(TO_GROUP, part, "key")
    assert server.messages[0].paid is asked
    await telegram.close()


async def test_accounts_share_connections_and_the_last_to_leave_closes_them(server: TelegramStandin) -> None:
    server.any_token = True
    connections = Connections()
    one, two = (
        Telegram(TelegramSettings(token=f"{id}:x", api=server.url), Shelf(), name=name, connections=connections)
        for id, name in ((1, "telegram"), (2, "telegram@hong-bang"))
    )
    for account in (one, two):
        await account.send(TO_GROUP, Outgoing("Chào"), "key")
    await one.close()
    await two.send(TO_GROUP, Outgoing("Chào"), "key")
    assert connections.open
    await two.close()
    assert not connections.open
    assert [m.token for m in server.messages] == ["1:x", "2:x", "2:x"]
