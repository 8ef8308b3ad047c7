"""How the Zalo Bot adapter receives, by webhook and by polling: stored before confirmed, nothing blocks the next."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.channels.zalo_bot import SECRET, ZaloBot
from bot.config import Mode, ZaloBotSettings
from bot.messages import Incoming
from tests.standins.port import Desk, Shelf, serving
from tests.standins.zalo_bot import ZaloBotStandin

PERSON = "6ede9afa66b88fe6d6a9"
HOOK = "/webhooks/zalo_bot"
HEADER = "X-Bot-Api-Secret-Token"


@pytest.fixture
async def server() -> AsyncIterator[ZaloBotStandin]:
    async with ZaloBotStandin(idle=0.05) as server:
        yield server
        assert server.violations == []


def bot(
    server: ZaloBotStandin, mode: Mode, *, secret: str | None = None, public_url: str = "", name: str = "zalo_bot"
) -> ZaloBot:
    due = server.secret if secret is None else secret
    settings = ZaloBotSettings(token=server.token, api=server.url, mode=mode, webhook_secret=due)
    return ZaloBot(settings, Shelf(), public_url=public_url, name=name)


async def until(happened: Callable[[], object]) -> None:
    """For what does not reach the server, which has an `until` of its own."""
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0.01)


# Receiving by webhook


@asynccontextmanager
async def hooked(server: ZaloBotStandin, desk: Desk, secret: str | None = None) -> AsyncIterator[str]:
    """The adapter in a running application that Zalo posts to; yields the hook's address."""
    async with serving(bot(server, "webhook", secret=secret), desk) as url:
        server.hook = f"{url}{HOOK}"
        yield server.hook


async def post(url: str, body: bytes, secret: str | None) -> int:
    headers = {} if secret is None else {HEADER: secret}
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def test_another_units_account_has_a_webhook_and_addresses_of_its_own(server: ZaloBotStandin) -> None:
    zalo = bot(server, "webhook", public_url="https://example.org", name="zalo_bot@hong-bang")
    async with serving(zalo, desk := Desk()) as url:
        await server.until(lambda: server.webhook_url)
        server.hook = f"{url}{HOOK}/hong-bang"
        await server.say(PERSON, "Chào")
    assert server.webhook_url == f"https://example.org{HOOK}/hong-bang"
    assert desk.channels == ["zalo_bot@hong-bang"]
    message = zalo.read(json.loads(desk.batches[0][0][1]))
    assert isinstance(message, Incoming)
    assert str(message.chat) == str(message.sender) == f"zalo_bot@hong-bang:{PERSON}"


async def test_a_posted_update_is_stored_under_its_message_id(server: ZaloBotStandin) -> None:
    desk = Desk()
    async with hooked(server, desk):
        flat = await server.say(PERSON, "Chào")
        wrapped = await server.push(
            {"ok": True, "result": {**flat, "message": {**flat["message"], "message_id": "m2"}}}
        )
    assert SECRET == HEADER
    assert server.hook_answers == [200, 200]
    assert desk.keys == [flat["message"]["message_id"], "m2"]
    assert [json.loads(raw) for batch in desk.batches for _, raw in batch] == [flat, wrapped]


async def test_an_update_that_could_not_be_stored_is_not_confirmed(
    server: ZaloBotStandin, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(stumbles=1)
    async with hooked(server, desk):
        await server.say(PERSON, "Chào")
    assert server.hook_answers == [500]
    assert "RuntimeError" in caplog.text
    assert "the disk is full" not in caplog.text


@pytest.mark.parametrize(
    ("due", "given"), [("right-secret", "wrong"), ("right-secret", None), ("right-secret", "ế"), ("", ""), ("", None)]
)
async def test_a_post_without_the_secret_is_refused(server: ZaloBotStandin, due: str, given: str | None) -> None:
    desk = Desk()
    async with hooked(server, desk, due) as url:
        assert await post(url, b'{"event_name": "message.text.received"}', given) == 403
    assert desk.batches == []


@pytest.mark.parametrize(("body", "secret"), [(b"", None), (b"", "a-secret-of-the-webhook"), (b" \n", "right")])
async def test_an_empty_post_is_a_look_whether_we_are_there(
    server: ZaloBotStandin, body: bytes, secret: str | None
) -> None:
    desk = Desk()
    async with hooked(server, desk, "right") as url:
        assert await post(url, body, secret) == 200
    assert desk.batches == []


@pytest.mark.parametrize("body", [b"\xff\x00{not json", b"[1]", b'{"message": "gone"}', b"[" * 100_000])
async def test_what_cannot_be_read_is_kept_under_its_hash(server: ZaloBotStandin, body: bytes) -> None:
    desk = Desk()
    async with hooked(server, desk) as url:
        assert await post(url, body, server.secret) == 200
    assert desk.keys == [hashlib.sha256(body).hexdigest()]
    assert "\x00" not in desk.batches[0][0][1]


# Setting the webhook


async def test_the_webhook_is_set_with_its_secret(server: ZaloBotStandin, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(bot(server, "webhook", public_url="https://example.org"), Desk()):
        await server.until(lambda: server.webhook_url)
    assert server.webhook_url == "https://example.org/webhooks/zalo_bot"
    assert not caplog.records


async def test_a_webhook_that_zalo_cannot_reach_is_said_plainly(
    server: ZaloBotStandin, caplog: pytest.LogCaptureFixture
) -> None:
    server.reachable = False
    async with serving(bot(server, "webhook", public_url="https://example.org"), Desk()):
        await until(lambda: caplog.records)
    assert caplog.messages == ["Zalo keeps our webhook but could not reach it (webhook.http.403: Webhook trả về 403)."]


@pytest.mark.parametrize("code", [400, 401, 404, 500])
async def test_a_webhook_that_is_not_set_does_not_stop_the_service(
    server: ZaloBotStandin, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    server.broken["setWebhook"] = (code, "No")
    desk = Desk()
    async with serving(bot(server, "webhook", public_url="https://example.org"), desk) as url:
        await until(lambda: caplog.records)
        server.hook = f"{url}{HOOK}"
        await server.say(PERSON, "Chào")
    assert len(desk.keys) == 1
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    ("secret", "public_url"), [("a-secret-of-the-webhook", "http://127.0.0.1:8515"), ("", "https://example.org")]
)
async def test_no_webhook_is_set_without_an_https_address_and_a_secret(
    server: ZaloBotStandin, caplog: pytest.LogCaptureFixture, secret: str, public_url: str
) -> None:
    async with serving(bot(server, "webhook", secret=secret, public_url=public_url), Desk()):
        await until(lambda: caplog.records)
    assert "zalo_bot: the webhook was not set: it needs a webhook_secret and an https address" in caplog.text
    assert not server.calls


# Receiving by polling


async def test_updates_come_one_by_one_and_idleness_is_no_error(
    server: ZaloBotStandin, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()
    first, second = await server.say(PERSON, "Một"), await server.say(PERSON, "Hai")
    async with serving(bot(server, "polling"), desk):
        await server.until(lambda: server.calls["getUpdates"] > 3)
        third = await server.say(PERSON, "Ba")
        await server.until(lambda: len(desk.keys) == 3)
    assert [json.loads(raw) for batch in desk.batches for _, raw in batch] == [first, second, third]
    assert not caplog.records


async def test_an_update_that_is_replayed_again_and_again_is_stored_once(server: ZaloBotStandin) -> None:
    server.hot_replay = True
    desk = Desk()
    first = await server.say(PERSON, "Chào")
    async with serving(bot(server, "polling"), desk):
        await server.until(lambda: server.calls["getUpdates"] > 2)
        second = await server.say(PERSON, "Chào bác")
        await server.until(lambda: len(desk.keys) == 2)
    assert desk.keys == [update["message"]["message_id"] for update in (first, second)]


async def test_polling_first_takes_a_webhook_away_and_again_when_somebody_sets_one(
    server: ZaloBotStandin, caplog: pytest.LogCaptureFixture
) -> None:
    server.webhook_url = "https://example.org/"
    desk = Desk()
    async with serving(bot(server, "polling"), desk):
        await server.until(lambda: server.calls["getUpdates"])
        assert server.webhook_url == ""
        server.webhook_url = "https://example.org/"
        await server.until(lambda: server.calls["deleteWebhook"] == 2)
        await server.say(PERSON, "Chào")
        await server.until(lambda: desk.keys)
    assert "while a webhook is set" in caplog.text


async def test_polling_does_not_need_a_webhook_to_take_away(server: ZaloBotStandin) -> None:
    server.broken["deleteWebhook"] = (404, "Not found")
    desk = Desk()
    await server.say(PERSON, "Chào")
    async with serving(bot(server, "polling"), desk):
        await server.until(lambda: desk.keys)


async def test_an_update_that_could_not_be_stored_is_held_until_it_can(
    server: ZaloBotStandin, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(stumbles=1)
    update = await server.say(PERSON, "Chào")
    async with serving(bot(server, "polling"), desk):
        await until(lambda: len(desk.keys) == 2)
    assert desk.keys == [update["message"]["message_id"]] * 2
    assert "RuntimeError" in caplog.text
    assert "the disk is full" not in caplog.text


async def test_polling_outlives_refusals_and_strange_answers(
    server: ZaloBotStandin, caplog: pytest.LogCaptureFixture
) -> None:
    server.broken["getUpdates"] = (502, "Bad gateway")
    desk = Desk()
    async with serving(bot(server, "polling"), desk):
        await server.until(lambda: server.calls["getUpdates"])
        del server.broken["getUpdates"]
        await server.push({"no": "update"})
        good = await server.say(PERSON, "Chào")
        await server.until(lambda: len(desk.keys) == 2)
    strange = hashlib.sha256(b'{"no": "update"}').hexdigest()
    assert desk.keys == [strange, good["message"]["message_id"]]
    assert "Bad gateway" in caplog.text


async def test_stopping_waits_until_what_has_come_is_stored(
    server: ZaloBotStandin, caplog: pytest.LogCaptureFixture
) -> None:
    begun, go_on, stored = asyncio.Event(), asyncio.Event(), list[str]()

    async def receive(channel: str, updates: Sequence[tuple[str, str]]) -> None:
        begun.set()
        await go_on.wait()
        stored.extend(key for key, _ in updates)

    app = web.Application()
    bot(server, "polling").mount(app, receive)
    runner = web.AppRunner(app)
    await runner.setup()
    update = await server.say(PERSON, "Chào")
    await begun.wait()
    stopping = asyncio.create_task(runner.cleanup())
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert stored == [update["message"]["message_id"]]
    assert not [record for record in caplog.records if record.exc_info]


async def test_what_the_stand_in_sends_can_be_read(server: ZaloBotStandin) -> None:
    zalo = bot(server, "polling")
    update = await server.say("f8a7101d77709e2ec761", "@Tri Ân chào", group=True)
    message = zalo.read(update)
    assert isinstance(message, Incoming)
    assert (str(message.chat), message.in_group) == ("zalo_bot:zgr-f8a7101d77709e2ec761", True)
