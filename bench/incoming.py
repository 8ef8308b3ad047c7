"""A thousand people answer the form of a tip at once, over webhooks: answers a second, and how long each person waits.

First everybody tells at the same time: the most the service does, when each waits for all the others. Then new ones
come at a steady pace: how long one waits for himself. A person answers a second after he was asked, or a little later.
"""

import argparse
import asyncio
import json
import math
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import func, select

from bench import postgresql, town
from bench.server import Open
from bot.db import Database
from bot.models import Delivery, DeliveryState, Update, UpdateState

SECRET = "s" * 32
ASKED = 300.0
"""answers a second that are to be reached"""
SAID = {
    "báo tin": 2,  # thanks, and whether he agrees
    "Tôi đồng ý": 1,
    "Năm 72 tôi chôn một đồng đội gần suối": 1,
    "không nhớ": 1,
    "d3 e9 f304": 1,
    "khoảng 1972": 1,
}
"""what a person says, and how many messages he gets for it"""
THINKS = 1.0, 1.5
"""seconds: Telegram lets one message a second into a chat, so an answer to a faster person would wait for that"""


Wait = tuple[float, float]
"""(when somebody said something, on the monotonic clock; seconds that he waited)"""
RAMP = 10.0
"""seconds until as many are talking as will be: a whole conversation takes about as long"""


class People:
    """Everybody with his phone; says the next thing when the last was answered, and he has thought."""

    def __init__(self, far: Open, hook: str, session: aiohttp.ClientSession, first: int = 0) -> None:
        self._far, self._hook, self._session = far, hook, session
        self._number = first
        self.accepted: list[Wait] = []
        """from a message to its 200"""
        self.answered: list[Wait] = []
        """from a message to its answer, the first of them"""

    async def tell(self, person: int) -> None:
        heard = self._far.replied[person] = asyncio.Queue()
        for words, answers in SAID.items():
            begun = time.monotonic()
            await self._post(person, words)
            self.accepted.append((begun, time.monotonic() - begun))
            self.answered.append((begun, await heard.get() - begun))
            for _ in range(answers - 1):
                await heard.get()
            await asyncio.sleep(random.uniform(*THINKS))

    async def _post(self, person: int, words: str) -> None:
        self._number += 1
        somebody = {"id": person, "is_bot": False, "first_name": "Ví Dụ"}
        message = {
            "message_id": self._number,
            "date": int(time.time()),
            "chat": {"id": person, "type": "private", "first_name": "Ví Dụ"},
            "from": somebody,
            "text": words,
        }
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
        body = json.dumps({"update_id": 700_000_000 + self._number, "message": message}).encode()
        async with self._session.post(self._hook, data=body, headers=headers) as answer:
            if answer.status != 200:
                raise RuntimeError(f"the webhook answered {answer.status}")


async def at_once(people: People, number: int) -> dict[str, Any]:
    begun = time.monotonic()
    await asyncio.gather(*(people.tell(1 + one) for one in range(number)))
    seconds = time.monotonic() - begun
    return {"answers_a_second": round(number * len(SAID) / seconds), **_shares(people)}


async def steadily(people: People, pace: float, seconds: float) -> dict[str, Any]:
    """New people at such a rate that they say `pace` things a second; counted is what they say once all talk."""
    tasks, begun = [], time.monotonic()
    for number in range(round(pace * (RAMP + seconds) / len(SAID))):
        await asyncio.sleep(max(0.0, begun + number * len(SAID) / pace - time.monotonic()))
        tasks.append(asyncio.ensure_future(people.tell(1_000_000 + number)))
    end = time.monotonic()
    await asyncio.gather(*tasks)
    said = sum(begun + RAMP <= at < end for at, _ in people.answered)
    return {"pace": round(pace), "reached": round(said / seconds), **_shares(people, begun + RAMP, end)}


def _shares(people: People, since: float = 0.0, until: float = math.inf) -> dict[str, int]:
    found = dict[str, int]()
    for name, waits in (("stored", people.accepted), ("answered", people.answered)):
        times = sorted(seconds for at, seconds in waits if since <= at < until) or [0.0]
        for share in (50, 99):
            found[f"{name}_p{share}_ms"] = round(1000 * times[min(len(times) - 1, len(times) * share // 100)])
    return found


async def measured(options: argparse.Namespace, url: str, folder: Path) -> dict[str, Any]:
    far = Open(0.0)
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", far.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    api = f"http://127.0.0.1:{runner.addresses[0][1]}"
    place = town.Place(folder, api, url, {"rate": 60000.0, "mode": "webhook", "webhook_secret": SECRET})
    place.write()
    hook = f"http://127.0.0.1:{place.port}/webhooks/telegram"
    async with (
        town.process("bot", "run", "--config", place.config, cpu=0, log=folder / "log") as service,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        await town.up(place, service)
        first, before = People(far, hook, session), town.cpu_seconds(service.pid)
        result: dict[str, Any] = {"at_once": await at_once(first, options.people)}
        used = town.cpu_seconds(service.pid) - before
        result["processor_ms_a_message"] = round(1000 * used / len(first.answered), 1)
        second = People(far, hook, session, 1_000_000)
        pace = options.pace or min(ASKED, 0.6 * result["at_once"]["answers_a_second"])
        result["steadily"] = await steadily(second, pace, options.seconds)
        result["memory_mb"] = town.memory_mb(service.pid)
    await runner.cleanup()
    said = len(first.answered) + len(second.answered)
    due = said // len(SAID) * sum(SAID.values())
    return {
        **result,
        "said": said,
        "answers_due": due,
        "heard": far.stats()["arrived_people"],
        **await _kept(url, folder),
    }


async def _kept(url: str, folder: Path) -> dict[str, Any]:
    """What of it the database holds: each message read, each answer written down as sent."""
    database = Database(url, town.vault(folder))
    async with database.read() as db:
        read = await db.scalar(select(func.count()).where(Update.state == UpdateState.DONE))
        sent = await db.scalar(select(func.count()).where(Delivery.state == DeliveryState.SENT))
    await database.close()
    return {"stored": read, "answers_on_record": sent}


async def run(options: argparse.Namespace) -> dict[str, Any]:
    result: dict[str, Any] = {"size": options.people, "people": options.people}
    with tempfile.TemporaryDirectory() as folder:
        result["sqlite"] = await measured(options, f"sqlite+aiosqlite:///{folder}/bench.db", Path(folder))
    async with postgresql.a_database(options.postgresql) as url:
        with tempfile.TemporaryDirectory() as folder:
            missing = {"not_measured": postgresql.MISSING}
            result["postgresql"] = await measured(options, url, Path(folder)) if url else missing
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument(
        "--pace",
        type=float,
        default=0.0,
        help="messages a second, steadily; 0: 300 or what is likely to be kept up",
    )
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--postgresql", default="", help="a server's address; empty: one of its own")
    town.written("incoming", asyncio.run(run(parser.parse_args())))


if __name__ == "__main__":
    main()
