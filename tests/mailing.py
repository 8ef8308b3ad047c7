"""A broadcast that is out, with an outcome in each chat, for the tests of what staff then do with it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Database
from bot.messages import Outgoing, to_json
from bot.models import Broadcast, Chat, ChatKind, ChatState, Delivery, Role, Staff, Unit
from scheduler.publish import publish
from tests.conftest import NOW

Fate = tuple[str, str, str]
"""the delivery's state and reason, and the state of the chat"""


async def somebody(database: Database) -> Staff:
    """The officer, in a ward of its own."""
    async with database.write() as db:
        ward = Unit(kind="ward", code="phuong", name="Phường Ví Dụ")
        person = Staff(login="hoa", name="Hoa", role=Role.APPROVER, unit=ward, password_hash="x", created_at=NOW)
        db.add(person)
    return person


async def out(database: Database, *fates: Fate, text: str = "chữ") -> int:
    """Publish to as many groups as there are `fates`, on Telegram and Zalo in turn; every second call reuses them."""
    async with database.write() as db:
        groups = [await _group(db, number) for number in range(1, len(fates) + 1)]
        post = Broadcast(post_id="x", title="Bài", message=to_json(Outgoing(text, bulk=True)), target="all")
        post.due_at, post.latest_at, post.created_at = NOW, NOW.replace(hour=5), NOW
        db.add(post)
        await db.flush()
        await publish(db, post.id, None, NOW)
        for group, (state, reason, chat_state) in zip(groups, fates, strict=True):
            sent = (Delivery.broadcast_id == post.id) & (Delivery.chat_id == group.id)
            row = (await db.scalars(select(Delivery).where(sent))).one()
            row.state, row.reason, row.attempts, group.state = state, reason, 1, chat_state
            row.platform_id = f"m{row.id}" if state == "sent" else ""
    return post.id


async def _group(db: AsyncSession, number: int) -> Chat:
    channel = "telegram" if number % 2 else "zalo_bot"
    chat = await db.scalar(select(Chat).where(Chat.address == f"{channel}:-{number}"))
    if chat is None:
        chat = Chat(channel=channel, address=f"{channel}:-{number}", kind=ChatKind.GROUP, title=f"Nhóm {number}")
        chat.reason, chat.menu, chat.state_since, chat.created_at = "", [], NOW, NOW
    chat.state = ChatState.ACTIVE
    db.add(chat)
    await db.flush()
    return chat


async def fates(database: Database, broadcast_id: int) -> list[tuple[str, str]]:
    """(state, reason) of its deliveries, by chat."""
    async with database.read() as db:
        found = await db.execute(
            select(Delivery.state, Delivery.reason)
            .where(Delivery.broadcast_id == broadcast_id)
            .order_by(Delivery.chat_id)
        )
        return [(state, reason) for state, reason in found]
