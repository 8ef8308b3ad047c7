"""The other end of every bench, as a process of its own: Telegram's Bot API with its published limits, or with none.

`python -m bench.server --mode limits|open` prints its two addresses: the API's, and the one it is asked and told on.
"""

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import aiohttp
from aiohttp import web

from tests.standins.telegram import TelegramStandin
from tests.standins.telegram_shapes import Fault, entities

PROBES = (5.0, 10.0, 20.0, 35.0)
"""seconds after the first post at which somebody asks something"""


class Open:
    """No limits: every send is accepted at once. Only what a bench needs of the Bot API."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.arrived: Counter[tuple[str, int]] = Counter()
        """(the bot's id, chat) → messages"""
        self.first = self.last = 0.0
        """when messages for groups came, on the monotonic clock"""
        self.in_flight = self.most_in_flight = 0
        self.replied: dict[int, asyncio.Queue[float]] = {}
        """people who wait for answers, told when each came"""
        self.pending: list[dict[str, Any]] = []
        """what people said, until the bot has confirmed it"""
        self._number = 100

    async def answer(self, request: web.Request) -> web.Response:
        bot, method = request.match_info["token"].partition(":")[0], request.match_info["method"]
        given: dict[str, Any] = await request.json() if request.can_read_body else {}
        if method == "getUpdates":
            return web.json_response({"ok": True, "result": await self._updates(given.get("offset", 0))})
        if not method.startswith("send"):
            me = {"id": int(bot), "is_bot": True, "first_name": "T", "username": "TBot"}
            return web.json_response({"ok": True, "result": me if method == "getMe" else True})
        chat = int(given["chat_id"])
        self.arrived[bot, chat] += 1
        if chat < 0:
            self.last = time.monotonic()
            self.first = self.first or self.last
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if self.latency:
            await asyncio.sleep(self.latency)
        self.in_flight -= 1
        self._number += 1
        if waiting := self.replied.get(chat):
            waiting.put_nowait(time.monotonic())
        head = {"message_id": self._number, "date": 1_790_000_000, "chat": {"id": chat, "type": "supergroup"}}
        return web.json_response({"ok": True, "result": head})

    async def _updates(self, offset: int) -> list[dict[str, Any]]:
        self.pending = [update for update in self.pending if update["update_id"] >= offset]
        for _ in range(50):
            if self.pending:
                break
            await asyncio.sleep(0.1)
        return self.pending[:100]

    def say(self, person: int, text: str) -> None:
        """Somebody writes to the bot that asks for updates. A person says one thing in all."""
        self._number += 1
        somebody = {"id": person, "is_bot": False, "first_name": "Ví Dụ"}
        message = {
            "message_id": self._number,
            "date": int(time.time()),
            "chat": {"id": person, "type": "private", "first_name": "Ví Dụ"},
            "from": somebody,
            "text": text,
            "entities": entities(text),
        }
        self.pending.append({"update_id": 700_000_000 + self._number, "message": message})

    def stats(self) -> dict[str, Any]:
        groups = [times for (_, chat), times in self.arrived.items() if chat < 0]
        return {
            "chats": len(groups),
            "messages": sum(groups),
            "doubled": sum(groups) - len(groups),
            "seconds": self.last - self.first,
            "in_flight": self.in_flight,
            "most_in_flight": self.most_in_flight,
            "arrived_people": sum(times for (_, chat), times in self.arrived.items() if chat > 0),
        }

    def arrivals(self) -> dict[str, int]:
        """«bot's id:chat» → messages"""
        return {f"{bot}:{chat}": times for (bot, chat), times in self.arrived.items()}


class Limited:
    """The stand-in of the tests, with probes: people who ask while the posts go out."""

    def __init__(self, standin: TelegramStandin, groups: int) -> None:
        self.standin = standin
        self.groups = groups
        self.waits: list[float] = []
        self.asking = 0
        """people who have no answer yet"""
        self._asking: list[asyncio.Future[None]] = []

    async def probe(self) -> None:
        """Somebody writes /start; how long until he has his answer."""
        standin = self.standin
        await standin.until(lambda: any(m.chat < 0 for m in standin.messages), 600)
        begun = time.monotonic()
        for number, at in enumerate(PROBES):
            await asyncio.sleep(max(0.0, begun + at - time.monotonic()))
            self._asking.append(asyncio.ensure_future(self._ask(10_000 + number)))

    async def _ask(self, user: int) -> None:
        begun = time.monotonic()
        self.asking += 1
        await self.standin.say(user, "/start")
        await self.standin.until(lambda: any(m.chat == user for m in self.standin.messages), 900)
        self.asking -= 1
        self.waits.append(time.monotonic() - begun)

    def stats(self) -> dict[str, Any]:
        standin, groups = self.standin, [m for m in self.standin.messages if m.chat < 0]
        arrived = Counter(message.chat for message in groups)
        kicked = sum(fault == "kicked" for fault in standin.faults.values())
        moved_lost = sum(new not in arrived for new in standin.moved.values())
        times = [message.at for message in groups]
        return {
            "messages": len(groups),
            "lost": self.groups - kicked - len(arrived) - moved_lost,
            "moved_lost": moved_lost,
            "doubled": sum(count - 1 for count in arrived.values()),
            "unanswered": sum(fault == "silent" for chat, fault in standin.faults.items() if chat in arrived),
            "refused_for_speed": standin.refusals[429],
            "seconds": max(times, default=0.0) - min(times, default=0.0),
            "last_ago": time.monotonic() - max(times, default=time.monotonic()),
            "probes": sorted(round(wait, 2) for wait in self.waits),
            "probes_waiting": self.asking,
        }


def faulty(options: argparse.Namespace) -> tuple[dict[int, Fault], dict[int, int]]:
    """2 % kicked, 0.5 % moved and, when wished, 0.5 % accepted but never answered; groups are -1, -2, …"""
    faults: dict[int, Fault] = {-1 - n: "kicked" for n in range(0, options.groups, 50)}
    moved = {-1 - n: -1_000_000 - n for n in range(7, options.groups, 200)}
    if options.ambiguous:
        faults |= {-1 - n: "silent" for n in range(11, options.groups, 200)}
    return faults, moved


async def serve(options: argparse.Namespace) -> None:
    async with AsyncExitStack() as stack:
        far: Open | Limited
        if options.mode == "open":
            far = Open(options.latency)
            url = await _open(stack, far)
        else:
            standin = TelegramStandin(
                any_token=True, limits=True, freeze=options.freeze, burst=options.burst, latency=(0.08, 0.15)
            )
            standin.faults, standin.moved = faulty(options)
            await stack.enter_async_context(standin)
            far, url = Limited(standin, options.groups), standin.url
            probing = asyncio.ensure_future(far.probe()) if options.probes else None
            stack.callback(lambda: probing and probing.cancel())
        control = web.Application()
        control.router.add_get("/stats", lambda _: _json(far.stats()))
        if isinstance(far, Open):
            _tell_more(control, far)
        runner = web.AppRunner(control, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(json.dumps({"api": url, "control": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
        await asyncio.Event().wait()


async def _open(stack: AsyncExitStack, far: Open) -> str:
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", far.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    stack.push_async_callback(runner.cleanup)
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


def _tell_more(control: web.Application, far: Open) -> None:
    async def say(request: web.Request) -> web.Response:
        far.say(**await request.json())
        return web.Response()

    control.router.add_post("/say", say)
    control.router.add_get("/arrivals", lambda _: _json(far.arrivals()))


async def _json(value: dict[str, Any]) -> web.Response:
    return web.json_response(value)


async def stats(control: str) -> dict[str, Any]:
    """What the server has seen so far."""
    return await asked(f"{control}/stats")


async def asked(url: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        told: dict[str, Any] = await answer.json()
        return told


def main() -> None:
    random.seed(7)
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mode", choices=("limits", "open"), default="limits")
    options.add_argument("--groups", type=int, default=2000)
    options.add_argument("--burst", type=int, default=5)
    options.add_argument("--freeze", action="store_true")
    options.add_argument("--ambiguous", action="store_true")
    options.add_argument("--probes", action="store_true")
    options.add_argument("--latency", type=float, default=0.0)
    with asyncio.Runner(loop_factory=_light_loop()) as runner:
        runner.run(serve(options.parse_args()))


def _light_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed: the other end should take little of the machine."""
    if not find_spec("uvloop"):
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    return factory


if __name__ == "__main__":
    main()
