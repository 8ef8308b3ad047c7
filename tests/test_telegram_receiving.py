"""How the Telegram adapter receives, by polling and by webhook: stored before confirmed, nothing blocks the next."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from bot.channels.telegram import Telegram
from bot.config import TelegramSettings
from bot.messages import Address, Choice, Incoming, Outgoing
from tests.standins.port import Desk, Shelf, serving
from tests.standins.telegram import TelegramStandin

GROUP = -1001234567890
PERSON = 77001
TO_GROUP = Address("telegram", str(GROUP))
SECRET = "a-secret-of-the-webhook"
HOOK = "/webhooks/telegram"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def server() -> AsyncIterator[TelegramStandin]:
    async with TelegramStandin() as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def telegram(server: TelegramStandin) -> AsyncIterator[Telegram]:
    telegram = Telegram(TelegramSettings(token=server.token, api=server.url), Shelf())
    yield telegram
    await telegram.close()


def hooked(server: TelegramStandin, *, secret: str = SECRET, public_url: str = "", name: str = "telegram") -> Telegram:
    settings = TelegramSettings(token=server.token, api=server.url, mode="webhook", webhook_secret=secret)
    return Telegram(settings, Shelf(), public_url=public_url, name=name)


# Receiving by polling


async def test_updates_are_stored_before_the_offset_moves(
    server: TelegramStandin, telegram: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    update = await server.say(PERSON, "Chào")
    desk = Desk(stumbles=1)
    async with serving(telegram, desk):
        await server.until(lambda: not server.pending)
    assert desk.keys == [str(update["update_id"])] * 2
    assert [json.loads(raw) for _, raw in desk.batches[0]] == [update]
    assert "RuntimeError" in caplog.text
    assert "the disk is full" not in caplog.text


async def test_an_update_the_library_cannot_parse_does_not_block_the_next(
    server: TelegramStandin, telegram: Telegram
) -> None:
    strange = await server.push(message={"from": "the future"})
    good = await server.say(PERSON, "Chào")
    desk = Desk()
    async with serving(telegram, desk):
        await server.until(lambda: not server.pending)
    assert desk.keys == [str(strange["update_id"]), str(good["update_id"])]
    with pytest.raises((KeyError, TypeError)):
        telegram.read(strange)
    assert isinstance(telegram.read(good), Incoming)


async def test_polling_outlives_refusals_and_another_poller(
    server: TelegramStandin, telegram: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    server.broken["getUpdates"] = (409, "Conflict: terminated by other getUpdates request")
    desk = Desk()
    async with serving(telegram, desk):
        await server.until(lambda: server.calls["getUpdates"])
        del server.broken["getUpdates"]
        await server.say(PERSON, "Chào")
        await server.until(lambda: desk.batches)
    assert "Conflict" in caplog.text


async def test_polling_first_takes_a_webhook_away(server: TelegramStandin, telegram: Telegram) -> None:
    server.webhook_url = "https://example.org/"
    async with serving(telegram, Desk()):
        await server.until(lambda: server.calls["getUpdates"])
    assert server.webhook_url == ""


async def test_stopping_waits_until_what_has_come_is_stored(
    server: TelegramStandin, telegram: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    begun, go_on, stored = asyncio.Event(), asyncio.Event(), list[str]()

    async def receive(channel: str, updates: Sequence[tuple[str, str]]) -> None:
        begun.set()
        await go_on.wait()
        stored.extend(key for key, _ in updates)

    app = web.Application()
    telegram.mount(app, receive)
    runner = web.AppRunner(app)
    await runner.setup()
    update = await server.say(PERSON, "Chào")
    await begun.wait()
    stopping = asyncio.create_task(runner.cleanup())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert stored == [str(update["update_id"])]
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_pressed_button_stops_spinning_and_says_what_was_chosen(
    server: TelegramStandin, telegram: Telegram
) -> None:
    await telegram.send(TO_GROUP, Outgoing("Chọn", choices=(Choice("Có", "tips:yes"),)), "key")
    async with serving(telegram, Desk()):
        update = await server.press(GROUP, "tips:yes")
        await server.until(lambda: server.pressed)
    assert server.pressed == [update["callback_query"]["id"]]
    message = telegram.read(update)
    assert isinstance(message, Incoming)
    assert (message.id, message.choice, message.addressed) == (f"cb{server.pressed[0]}", "tips:yes", True)
    assert (message.replies_to, message.quoted) == (str(server.messages[0].id), "Chọn")


async def test_the_bot_learns_its_name_and_tells_its_commands(server: TelegramStandin) -> None:
    settings = TelegramSettings(token=server.token, api=server.url)
    telegram = Telegram(settings, Shelf(), commands=[("tin", "Báo tin"), ("hoi", "Hỏi")])
    server.broken["getMe"] = (502, "Bad Gateway")
    async with serving(telegram, Desk()):
        await server.until(lambda: server.calls["getMe"])
        assert telegram.username == ""
        del server.broken["getMe"]
        await server.until(lambda: server.commands)
    assert telegram.username == server.username
    assert [command["command"] for command in server.commands] == ["tin", "hoi"]


async def test_a_person_who_mends_his_words_is_heard_again(server: TelegramStandin, telegram: Telegram) -> None:
    async with serving(telegram, desk := Desk()):
        await server.until(lambda: server.calls["getUpdates"])
        said = await server.say(PERSON, "tên là Trần Văn Sia")
        await server.edit(said, "tên là Trần Văn Sáu", edit_date=said["message"]["date"] + 7)
        await server.until(lambda: len(desk.keys) == 2)
    first, second = (telegram.read(json.loads(raw)) for batch in desk.batches for _, raw in batch)
    assert isinstance(first, Incoming)
    at = said["message"]["date"] + 7
    assert second == replace(first, id=f"{first.id}/e{at}", edits=first.id, text="tên là Trần Văn Sáu")


async def test_a_caption_that_is_mended_still_has_its_picture(server: TelegramStandin, telegram: Telegram) -> None:
    async with serving(telegram, desk := Desk()):
        said = await server.send_photo(PERSON, b"a grave", "Bia mộ số 3")
        await server.edit(said, "Bia mộ số 8")
        await server.until(lambda: len(desk.keys) == 2)
    first, second = (telegram.read(json.loads(raw)) for batch in desk.batches for _, raw in batch)
    assert isinstance(first, Incoming)
    assert isinstance(second, Incoming)
    assert (second.text, second.edits, second.attachments) == ("Bia mộ số 8", first.id, first.attachments)


async def test_a_shared_contact_and_a_name_with_half_a_character_come_through_as_text(
    server: TelegramStandin, telegram: Telegram
) -> None:
    contact = {"phone_number": "+84912000111", "first_name": "Ví", "last_name": "Dụ", "user_id": PERSON}
    ba = {"id": PERSON, "is_bot": False, "first_name": "Ba \udc4d"}
    async with serving(telegram, desk := Desk()):
        await server.say(PERSON, contact=contact, user=ba)
        await server.until(lambda: desk.keys)
    message = telegram.read(json.loads(desk.batches[0][0][1]))
    assert isinstance(message, Incoming)
    assert (message.text, message.sender_name) == ("Ví Dụ, 0912 000 111", "Ba \ufffd")


# Receiving by webhook


async def test_a_webhook_is_set_with_its_secret_where_the_site_has_https(server: TelegramStandin) -> None:
    async with serving(hooked(server, public_url="https://example.org"), Desk()):
        await server.until(lambda: server.webhook_url)
    assert (server.webhook_url, server.secret) == (f"https://example.org{HOOK}", SECRET)
    assert {"message", "edited_message", "callback_query", "my_chat_member"} <= set(server.allowed_updates)


async def test_another_units_account_has_a_webhook_and_addresses_of_its_own(server: TelegramStandin) -> None:
    telegram = hooked(server, public_url="https://example.org", name="telegram@hong-bang")
    async with serving(telegram, desk := Desk()) as url:
        await server.until(lambda: server.webhook_url)
        assert server.webhook_url == f"https://example.org{HOOK}/hong-bang"
        server.webhook_url = f"{url}{HOOK}/hong-bang"
        await server.say(PERSON, "Chào")
    assert desk.channels == ["telegram@hong-bang"]
    message = telegram.read(json.loads(desk.batches[0][0][1]))
    assert isinstance(message, Incoming)
    assert str(message.chat) == str(message.sender) == f"telegram@hong-bang:{PERSON}"


async def test_a_webhook_that_cannot_be_set_does_not_stop_the_service(
    server: TelegramStandin, caplog: pytest.LogCaptureFixture
) -> None:
    server.broken["setWebhook"] = (400, "Bad Request: bad webhook: Failed to resolve host")
    async with serving(hooked(server, public_url="https://example.org"), desk := Desk()) as url:
        await server.until(lambda: server.calls["setWebhook"])
        server.webhook_url, server.secret = f"{url}{HOOK}", SECRET
        await server.say(PERSON, "Chào")
    assert len(desk.batches) == 1
    assert "Telegram refused setWebhook" in caplog.text


@pytest.mark.parametrize(
    ("configured", "given", "status"),
    [(SECRET, SECRET, 200), (SECRET, "another", 403), (SECRET, "bí mật", 403), (SECRET, None, 403), ("", "", 403)],
)
async def test_only_the_secret_opens_the_webhook(
    server: TelegramStandin, configured: str, given: str | None, status: int
) -> None:
    headers = {HEADER: given} if given is not None else {}
    async with (
        serving(hooked(server, secret=configured), desk := Desk()) as url,
        aiohttp.ClientSession() as session,
        session.post(f"{url}{HOOK}", json={"update_id": 1}, headers=headers) as answer,
    ):
        assert answer.status == status
    assert desk.keys == (["1"] if status == 200 else [])


async def test_an_update_that_could_not_be_stored_is_not_confirmed(
    server: TelegramStandin, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(hooked(server), desk := Desk(stumbles=1)) as url:
        server.webhook_url, server.secret = f"{url}{HOOK}", SECRET
        update = await server.say(PERSON, "Chào")
        await server.redeliver()
    assert (server.hook_answers, server.pending) == ([500, 200], [])
    assert desk.keys == [str(update["update_id"])] * 2
    assert "the disk is full" not in caplog.text


@pytest.mark.parametrize("body", [b"{not json", b"[1]", b'{"update_id":"x"}', b"\xff\x00", b"[" * 20_000])
async def test_a_body_without_an_id_is_kept_under_its_hash(server: TelegramStandin, body: bytes) -> None:
    async with (
        serving(hooked(server), desk := Desk()) as url,
        aiohttp.ClientSession() as session,
        session.post(f"{url}{HOOK}", data=body, headers={HEADER: SECRET}) as answer,
    ):
        assert answer.status == 200
    assert desk.keys == [hashlib.sha256(body).hexdigest()]
    assert "\x00" not in desk.batches[0][0][1]
