"""How the Official Account receives: signed over the raw bytes, stored before confirmed, in time; groups are listed."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.channels import zalo_oa
from bot.channels.zalo_oa import ZaloOa
from bot.errors import AccountDown
from bot.messages import Address, ChatChange, ChatEvent, Incoming
from tests.standins.port import Desk, Shelf, serving
from tests.standins.zalo_oa import ZaloOaStandin
from tests.test_zalo_oa import Kept

FIXTURES = Path(__file__).parent / "fixtures" / "zalo_oa"
HEADER = "X-ZEvent-Signature"
HOOK = "/webhooks/zalo_oa"


@pytest.fixture
async def server() -> AsyncIterator[ZaloOaStandin]:
    async with ZaloOaStandin() as server:
        yield server
        assert server.violations == []


def account(server: ZaloOaStandin, name: str = "zalo_oa", **settings: Any) -> ZaloOa:
    return ZaloOa(server.settings(**settings), Shelf(), Kept(server), name=name)


@asynccontextmanager
async def hooked(server: ZaloOaStandin, desk: Desk, **settings: Any) -> AsyncIterator[str]:
    """The adapter in a running application that Zalo posts to; yields the hook's address."""
    async with serving(account(server, **settings), desk) as url:
        server.hook = f"{url}{HOOK}"
        yield server.hook


async def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return answer.status


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not happened():
            await asyncio.sleep(0.01)


# The webhook


async def test_a_signed_event_is_stored_as_it_came_under_its_message_id(server: ZaloOaStandin) -> None:
    async with hooked(server, desk := Desk()):
        event = await server.say("551", "Chào 🕯")
        again = await server.push(event)
    assert server.hook_answers == [200, 200]
    assert desk.keys == [event["message"]["msg_id"]] * 2
    assert [json.loads(raw) for batch in desk.batches for _, raw in batch] == [event, again]


async def test_another_units_account_has_a_webhook_and_addresses_of_its_own(server: ZaloOaStandin) -> None:
    zalo = account(server, "zalo_oa@hong-bang")
    async with serving(zalo, desk := Desk()) as url:
        server.hook = f"{url}{HOOK}/hong-bang"
        await server.say("551", "Chào")
    assert desk.channels == ["zalo_oa@hong-bang"]
    message = zalo.read(json.loads(desk.batches[0][0][1]))
    assert isinstance(message, Incoming)
    assert str(message.chat) == str(message.sender) == "zalo_oa@hong-bang:u:551"


@pytest.mark.parametrize("vector", [0, 1])
@pytest.mark.parametrize("prefix", ["mac=", ""])
async def test_the_signature_is_the_published_one(server: ZaloOaStandin, vector: int, prefix: str) -> None:
    known = json.loads((FIXTURES / "signature_vectors.json").read_text("utf-8"))[vector]
    said = known["app_id"] + known["raw_body"] + known["timestamp"] + known["oa_secret_key"]
    assert hashlib.sha256(said.encode()).hexdigest() == known["sha256_hex"]
    if vector == 0:
        return  # its body is no JSON, so it has no timestamp of its own
    async with hooked(server, desk := Desk(), app_id=known["app_id"], oa_secret=known["oa_secret_key"]) as url:
        assert await post(url, known["raw_body"].encode(), {HEADER: prefix + known["sha256_hex"]}) == 200
    assert desk.keys == ["e2a641af6661713b2874"]


@pytest.mark.parametrize("given", [None, "", "mac=", "mac=abc", "mac=ế", "another secret", "written anew"])
async def test_a_wrong_signature_is_refused(server: ZaloOaStandin, given: str | None) -> None:
    event = {"event_name": "user_send_text", "timestamp": "1720000000000", "message": {"msg_id": "1", "text": "ế"}}
    body = json.dumps(event, ensure_ascii=False).encode()
    match given:
        case None:
            headers = {}
        case "another secret":
            headers = server.signed(body, event, secret="app-secret-not-real")
        case "written anew":
            headers = server.signed(json.dumps(event).encode(), event)
        case _:
            headers = {HEADER: given}
    async with hooked(server, desk := Desk()) as url:
        assert await post(url, body, headers) == 403
    assert desk.batches == []


@pytest.mark.parametrize(("signed_with", "answer"), [("1720000000999", 200), ("1720000000000", 200), ("1", 403)])
async def test_the_time_that_is_signed_may_be_the_headers(server: ZaloOaStandin, signed_with: str, answer: int) -> None:
    event = {"event_name": "user_send_text", "timestamp": "1720000000000", "message": {"msg_id": "1", "text": "ế"}}
    body = json.dumps(event).encode()
    headers = {**server.signed(body, {"timestamp": signed_with}), "X-ZEvent-Timestamp": "1720000000999"}
    async with hooked(server, desk := Desk()) as url:
        assert await post(url, body, headers) == answer
    assert len(desk.batches) == (answer == 200)


async def test_without_a_secret_of_ours_nothing_is_believed(server: ZaloOaStandin) -> None:
    server.oa_secret = ""
    async with hooked(server, desk := Desk()):
        await server.say("551", "Chào")
    assert server.hook_answers == [403]
    assert desk.batches == []


@pytest.mark.parametrize("body", [b"", b" \n", b"{}", b'{"ping": 1}'])
async def test_a_ping_is_answered_and_not_stored(server: ZaloOaStandin, body: bytes) -> None:
    async with hooked(server, desk := Desk()) as url:
        assert await post(url, body, {}) == 200
    assert desk.batches == []


@pytest.mark.parametrize("body", [b"\xff\x00{not json", b"[1]", b'"event_name"', b"[" * 100_000])
async def test_what_is_no_event_and_is_not_signed_is_refused(server: ZaloOaStandin, body: bytes) -> None:
    async with hooked(server, desk := Desk()) as url:
        assert await post(url, body, {HEADER: "mac=0"}) == 403
    assert desk.batches == []


@pytest.mark.parametrize("timestamp", [1720000000000, "1720000000000", "\ud800"])
async def test_an_event_without_a_message_is_kept_under_its_hash(server: ZaloOaStandin, timestamp: Any) -> None:
    event = {"event_name": "follow", "follower": {"id": "551"}, "timestamp": timestamp}
    body = json.dumps(event).encode()
    said = server.app_id.encode() + body + str(timestamp).encode("utf-8", "surrogatepass") + server.oa_secret.encode()
    async with hooked(server, desk := Desk()) as url:
        assert await post(url, body, {HEADER: f"mac={hashlib.sha256(said).hexdigest()}"}) == 200
    assert desk.keys == [hashlib.sha256(body).hexdigest()]


async def test_an_event_that_could_not_be_stored_is_not_confirmed(
    server: ZaloOaStandin, caplog: pytest.LogCaptureFixture
) -> None:
    async with hooked(server, Desk(stumbles=1)):
        await server.say("551", "Chào")
    assert server.hook_answers == [500]
    assert "RuntimeError" in caplog.text
    assert "the disk is full" not in caplog.text


class SlowDesk(Desk):
    """Stores when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()

    async def receive(self, channel: str, updates: Sequence[tuple[str, str]]) -> None:
        await self.open.wait()
        await super().receive(channel, updates)


async def test_an_event_that_is_not_stored_in_time_is_not_confirmed_but_stored_all_the_same(
    server: ZaloOaStandin,
) -> None:
    assert zalo_oa.STORE_SECONDS < 2
    async with hooked(server, desk := SlowDesk()):
        event = await server.say("551", "Chào")
        assert server.hook_answers == [500]
        assert desk.keys == []
        desk.open.set()
        await until(lambda: desk.keys)
    assert desk.keys == [event["message"]["msg_id"]]


# The groups


def some_groups(number: int) -> list[dict[str, Any]]:
    return [{"group_id": f"{n:020x}", "name": f"Tổ {n}", "status": "enabled"} for n in range(number)]


async def test_the_groups_are_listed_page_by_page_and_wait_for_staff(server: ZaloOaStandin) -> None:
    server.groups = some_groups(120)
    server.groups[7]["status"] = "disabled"
    zalo = account(server)
    async with serving(zalo, desk := Desk()):
        await until(lambda: desk.batches)
    assert server.calls["getgroupsofoa"] == 3
    events = [zalo.read(json.loads(raw)) for _, raw in desk.batches[0]]
    assert len(set(desk.keys)) == len(events) == 119
    first = events[0]
    assert isinstance(first, ChatEvent)
    assert (first.chat, first.change, first.title) == (
        Address("zalo_oa", "g:00000000000000000000"),
        ChatChange.ADDED,
        "Tổ 0",
    )


async def listed(server: ZaloOaStandin) -> list[str]:
    """The keys of the groups that are handed over when the service starts."""
    async with serving(account(server), desk := Desk()):
        await until(lambda: desk.batches)
    return desk.keys


async def test_a_group_has_the_same_key_until_it_is_named_otherwise(server: ZaloOaStandin) -> None:
    server.groups = json.loads((FIXTURES / "api_getgroupsofoa_200.json").read_text("utf-8"))["body"]["data"]["groups"]
    keys = list[list[str]]()
    for name in ("b53", "b53", "b54"):
        server.groups[1]["name"] = name
        keys.append(await listed(server))
    assert keys[0] == keys[1]
    assert keys[0][0] == keys[2][0]
    assert keys[0][1] != keys[2][1]


@pytest.mark.parametrize("code", [-224, -32, -201])
async def test_groups_that_cannot_be_listed_do_not_stop_the_service(
    server: ZaloOaStandin, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    server.refusals["getgroupsofoa"] = code
    async with hooked(server, desk := Desk()):
        await until(lambda: caplog.records)
        await server.say("551", "Chào")
    assert len(desk.keys) == 1
    assert not [record for record in caplog.records if record.exc_info]


class Unconnected(Kept):
    """Nobody has connected the account yet."""

    async def access(self, stale: str = "") -> str:
        raise AccountDown("reauthorise", stale)


async def test_an_account_that_is_not_connected_yet_receives_all_the_same(
    server: ZaloOaStandin, caplog: pytest.LogCaptureFixture
) -> None:
    zalo = ZaloOa(server.settings(), Shelf(), Unconnected(server))
    async with serving(zalo, desk := Desk()) as url:
        server.hook = f"{url}{HOOK}"
        await server.say("551", "Chào")
        await until(lambda: caplog.records)
    assert len(desk.keys) == 1
    assert caplog.messages == ["zalo_oa: no list of groups until a person has seen to it (reauthorise)."]
