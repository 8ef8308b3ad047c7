"""What an informant is told over the channel he came by; where there is none, or he left it, somebody calls him."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.chats import DESK
from bot.messages import Outgoing
from bot.models import Chat, ChatState, Task, TaskKind, Tip, TipState

CALL_WITHIN = timedelta(days=2)


def reachable(chat: Chat) -> bool:
    return chat.channel != DESK and chat.state != ChatState.GONE


async def tell(db: AsyncSession, tip: Tip, message: Outgoing, now: datetime, *, awaits: bool = False) -> None:
    """Queue `message`, or make a task to call him with its words. A question that waits for him keeps its menu.

    `awaits`: what he writes next belongs to this tip, unless he is in the middle of telling another one.
    """
    chat = tip.chat
    if not reachable(chat):
        task = Task(kind=TaskKind.CALL, tip_id=tip.id, unit_id=tip.unit_id, words=message.text)
        task.created_at, task.due_at = now, now + CALL_WITHIN
        db.add(task)
        return
    menu, busy = chat.menu, await _is_telling(db, chat)
    await outbox.put(db, chat, message, now)
    if busy or not message.choices:
        chat.menu = menu
    if awaits and tip.code and not busy:
        chat.adding = tip.code


async def _is_telling(db: AsyncSession, chat: Chat) -> bool:
    tip = await db.get(Tip, chat.telling_id) if chat.telling_id else None
    return tip is not None and tip.state == TipState.TELLING
