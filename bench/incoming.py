"""A thousand people answer the form of a tip at once, over webhooks: answers a second, and how long each person waits.

First everybody answers as soon as he is asked again (the most the service does), then new ones at a steady pace.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bench import postgresql, town
from bench.server import Open

SECRET = "s" * 32
SAID = ("báo tin", "Tôi đồng ý", "Năm 72 tôi chôn một đồng đội gần suối", "không nhớ", "d3 e9 f304", "khoảng 1972")


class People:
    """Everybody with his phone; says the next thing when the last was answered."""

    def __init__(self, far: Open, hook: str, session: aiohttp.ClientSession, first: int = 0) -> None:
        self._far, self._hook, self._session = far, hook, session
        self._number = first
        self.accepted: list[float] = []
        """seconds from a message to its 200"""
        self.answered: list[float] = []
        """seconds from a message to its answer"""

    async def tell(self, person: int, words: tuple[str, ...] = SAID) -> None:
        for one in words:
            heard = self._far.replied[person] = asyncio.Event()
            begun = time.monotonic()
            await self._post(person, one)
            self.accepted.append(time.monotonic() - begun)
            await heard.wait()
            self.answered.append(time.monotonic() - begun)

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
    """New people at such a pace that `pace` answers a second are asked for."""
    tasks, begun = [], time.monotonic()
    for number in range(round(pace * seconds / len(SAID))):
        await asyncio.sleep(max(0.0, begun + number * len(SAID) / pace - time.monotonic()))
        tasks.append(asyncio.ensure_future(people.tell(1_000_000 + number)))
    await asyncio.gather(*tasks)
    return {"pace": round(pace), **_shares(people)}


def _shares(people: People) -> dict[str, float]:
    return {
        f"{name}_p{share}_ms": round(1000 * sorted(times)[min(len(times) - 1, len(times) * share // 100)])
        for name, times in (("stored", people.accepted), ("answered", people.answered))
        for share in (50, 99)
    }


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
        await asyncio.sleep(5)
        first = People(far, hook, session)
        result: dict[str, Any] = {"at_once": await at_once(first, options.people)}
        pace = options.pace or 0.6 * result["at_once"]["answers_a_second"]
        result["steadily"] = await steadily(People(far, hook, session, 1_000_000), pace, options.seconds)
        result["memory_mb"] = town.memory_mb(service.pid)
    await runner.cleanup()
    return result


async def run(options: argparse.Namespace) -> dict[str, Any]:
    result: dict[str, Any] = {"people": options.people}
    with tempfile.TemporaryDirectory() as folder:
        result["sqlite"] = await measured(options, f"sqlite+aiosqlite:///{folder}/bench.db", Path(folder))
    async with postgresql.a_database(options.postgresql) as url:
        with tempfile.TemporaryDirectory() as folder:
            result["postgresql"] = await measured(options, url, Path(folder)) if url else {}
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument(
        "--pace", type=float, default=0.0, help="answers a second; 0: 60 %% of what was reached at once"
    )
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--postgresql", default="", help="a server's address; empty: one of its own")
    town.written("incoming", asyncio.run(run(parser.parse_args())))


if __name__ == "__main__":
    main()
