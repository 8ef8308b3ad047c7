"""One text to 2,000 groups against a stand-in with Telegram's published limits: `make bench`.

Prints the time against the ideal, refusals for speed, losses, doubles, and how long people waited for an answer
meanwhile; writes the same to bench/output/. Faults as in the published comparison: 2 % kicked, 0.5 % moved.
"""

import argparse
import asyncio
import json
import resource
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot import chats
from bot.channels.telegram import Telegram
from bot.config import TelegramSettings
from bot.db import Database
from bot.media import Media
from bot.messages import Address, Outgoing, to_json
from bot.models import Broadcast, BroadcastState, Chat, ChatKind, Delivery, DeliveryState, Table, Unit
from bot.outbox import Outbox, put
from bot.pacer import Pacer
from scheduler.publish import deliver_to
from tests.standins.telegram import TelegramStandin
from tests.standins.telegram_shapes import Fault

TEXT = "Một bài hỏi – đáp của Chiến dịch, dài bằng một bài thật. " * 6
PROBES = (5, 10, 20, 35)
"""seconds into the broadcast at which somebody asks something"""


def utcnow() -> datetime:
    return datetime.now(UTC)


async def prepared(database: Database, groups: int) -> int:
    """Groups enrolled and a published broadcast; returns its id."""
    async with database.engine.begin() as connection:
        await connection.run_sync(Table.metadata.create_all)
    now = utcnow()
    async with database.write() as db:
        unit = Unit(code="p", name="Phường", kind="ward")
        db.add(unit)
        await db.flush()
        found = [
            await chats.enrol(db, Address("telegram", str(-1 - n)), unit=unit, title="", topics="", now=now)
            for n in range(groups)
        ]
        broadcast = Broadcast(
            post_id="bench",
            title="bench",
            message=to_json(Outgoing(TEXT)),
            due_at=now,
            latest_at=now + timedelta(hours=4),
            created_at=now,
            state=BroadcastState.PUBLISHED,
        )
        db.add(broadcast)
        await db.flush()
        await deliver_to(db, broadcast, found, now)
        return broadcast.id


async def measured(groups: int, freeze: bool, folder: Path) -> dict[str, object]:
    server = TelegramStandin(limits=True, freeze=freeze, burst=5, latency=(0.08, 0.15))
    kicked: dict[int, Fault] = {-1 - n: "kicked" for n in range(0, groups, 50)}
    server.faults.update(kicked)
    server.moved.update({-1 - n: -1_000_000 - n for n in range(7, groups, 200)})
    database = Database(f"sqlite+aiosqlite:///{folder / 'bench.db'}")
    broadcast_id = await prepared(database, groups)
    async with server:
        settings = TelegramSettings(token=server.token, api=server.url)
        telegram = Telegram(settings, Media(folder / "media", database, b"k", server.url))
        outbox = Outbox(database, {"telegram": telegram}, {"telegram": Pacer(rate=settings.rate)}, utcnow)
        task = asyncio.create_task(outbox.run())
        begun = time.monotonic()
        probes = [asyncio.create_task(probe(database, outbox, server, at, n)) for n, at in enumerate(PROBES)]
        while await waiting(database, broadcast_id):
            await asyncio.sleep(0.2)
        seconds = time.monotonic() - begun
        done = [p for p in probes if p.done()]
        for late in set(probes) - set(done):
            late.cancel()
        task.cancel()
        await asyncio.gather(task, *probes, return_exceptions=True)
        await telegram.close()
    arrived = Counter(message.chat for message in server.messages if message.chat < 0)
    async with database.read() as db:
        states = (
            await db.execute(
                select(Delivery.state, func.count())
                .where(Delivery.broadcast_id == broadcast_id)
                .group_by(Delivery.state)
            )
        ).all()
    await database.close()
    deliverable = groups - len(kicked)
    ideal = groups / 30
    return {
        "groups": groups,
        "freeze": freeze,
        "seconds": round(seconds, 1),
        "ideal_seconds": round(ideal, 1),
        "times_ideal": round(seconds / ideal, 3),
        "refused_for_speed": server.refusals[429],
        "lost": deliverable - len(arrived),
        "moved_lost": sum(new not in arrived for new in server.moved.values()),
        "doubled": sum(count - 1 for count in arrived.values()),
        "states": dict(states),
        "answers_after_seconds": [round(p.result(), 2) for p in done],
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


async def probe(database: Database, outbox: Outbox, server: TelegramStandin, at: float, number: int) -> float:
    """Somebody asks `at` seconds into the broadcast; the seconds until his answer arrives."""
    await asyncio.sleep(at)
    begun, user = time.monotonic(), 10_000 + number
    async with database.write() as db:
        chat = await chats.known(db, Address("telegram", str(user)), ChatKind.PRIVATE, "", utcnow())
        await put(db, await db.get_one(Chat, chat.id), Outgoing("trả lời"), utcnow())
    outbox.wake()
    await server.until(lambda: any(message.chat == user for message in server.messages), 300)
    return time.monotonic() - begun


async def waiting(database: Database, broadcast_id: int) -> int:
    unsettled = (DeliveryState.PENDING, DeliveryState.SENDING)
    async with database.read() as db:
        return (
            await db.scalar(
                select(func.count()).where(Delivery.broadcast_id == broadcast_id, Delivery.state.in_(unsettled))
            )
            or 0
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--groups", type=int, default=2000)
    options.add_argument("--freeze", action="store_true", help="after a refusal the whole bot is shut out")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(measured(chosen.groups, chosen.freeze, Path(folder)))
    output = Path(__file__).parent / "output"
    output.mkdir(exist_ok=True)
    (output / f"broadcast{'-freeze' if chosen.freeze else ''}.json").write_text(json.dumps(result, indent=1))
    for name, value in result.items():
        print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
