"""The database goes away in the middle of a broadcast and comes back: nothing is lost, nothing is sent twice."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from bot import chats
from bot.channels import Sent
from bot.db import Database
from bot.installation import open_for
from bot.messages import Address, Outgoing
from bot.models import Chat, ChatKind, ChatState, Delivery, DeliveryState
from bot.outbox import Outbox, Terms, put
from bot.pacer import Pacer
from tests.conftest import NOW, POSTGRESQL, VAULT
from tests.standins.wire import Wire
from tests.talk import Line

GROUPS = 120


class Slow(Line):
    async def send(self, to: Address, part: Outgoing, key: str) -> Sent:
        await asyncio.sleep(0.05)
        return await super().send(to, part, key)


@pytest.mark.skipif(not POSTGRESQL, reason="a file is not far away")
@pytest.mark.parametrize("seconds", [3])
async def test_cut_off_in_the_middle_of_a_broadcast_everything_is_sent_once(
    database: Database, database_url: str, seconds: float
) -> None:
    async with database.write() as db:
        for number in range(GROUPS):
            chat = await chats.known(db, Address("telegram", str(-1 - number)), ChatKind.GROUP, "", NOW)
            chats.set_state(chat, ChatState.ACTIVE, "", NOW)
            await put(db, await db.get_one(Chat, chat.id), Outgoing("bài"), NOW)
    address = make_url(database_url)
    line = Slow()
    async with Wire(address.host or "127.0.0.1", address.port or 5432) as wire:
        far = Database(address.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False), VAULT)
        box = Outbox(far, {"telegram": line}, lambda _: Terms(Pacer(rate=60, chat_gap=0)), lambda: NOW, open_for(1))
        task = asyncio.create_task(box.run())
        while len(line.sent) < GROUPS // 4:
            await asyncio.sleep(0.02)
        wire.cut()
        await asyncio.sleep(seconds)
        wire.mend()
        async with asyncio.timeout(30):
            while await left(database):
                await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await far.close()
    times = Counter(where for where, _ in line.sent)
    assert set(times.values()) == {1}
    assert len(times) == GROUPS


async def left(database: Database) -> int:
    async with database.read() as db:
        return await db.scalar(select(func.count()).where(Delivery.state != DeliveryState.SENT)) or 0
