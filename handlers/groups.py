"""A group: greeted, enrolled by a one-time code, moved, muted, left; silent until staff know it, or when asked."""

from bot import chats
from bot.messages import ChatChange, ChatEvent, Incoming, Outgoing
from bot.models import ChatState
from bot.router import Answer, Router, Turn, command, in_group, rest_of

rules = Router()
_SILENT = (ChatState.WAITING, ChatState.STOPPED)
is_stop = command("ngung")
is_resume = command("nhan")


@rules.on(lambda turn: isinstance(turn.message, ChatEvent))
async def changed(turn: Turn) -> Answer:
    """What the platform tells of the chat itself."""
    event, chat = turn.message, turn.chat
    if not isinstance(event, ChatEvent):
        return None
    match event.change:
        case ChatChange.MOVED:
            await chats.move(turn.db, chat, event.new_id, turn.now)
        case ChatChange.REMOVED:
            chats.set_state(chat, ChatState.GONE, event.reason or "kicked", turn.now)
        case ChatChange.MUTED:
            chats.set_state(chat, ChatState.MUTED, event.reason or "muted", turn.now)
        case ChatChange.ADDED | ChatChange.BACK:
            if chat.state in (ChatState.GONE, ChatState.MUTED):
                known = chat.unit_id is not None or not event.in_group
                chats.set_state(chat, ChatState.ACTIVE if known else ChatState.WAITING, "", turn.now)
            if event.change is ChatChange.ADDED and event.in_group and chat.state == ChatState.WAITING:
                return () if await chats.may_have_moved(turn.db, chat) else _explain_once(turn)
    return ()


@rules.on(lambda turn: in_group(turn) and turn.chat.state == ChatState.WAITING)
async def enrol(turn: Turn) -> Answer:
    """A code enrols the group; without one the bot explains itself once and is silent."""
    unit = await chats.enrol_by_code(turn.db, turn.chat, turn.said.start or rest_of(turn.said), turn.now)
    if unit is None:
        return _explain_once(turn)
    turn.chat.greeted_at = turn.now
    turn.chat.thread = turn.said.thread
    return Outgoing(turn.text("groups.greeting", unit=unit.name))


def _explain_once(turn: Turn) -> Answer:
    if turn.chat.greeted_at is not None:
        return ()
    turn.chat.greeted_at = turn.now
    return Outgoing(turn.text("groups.waiting"))


@rules.on(lambda turn: is_resume(turn) and turn.chat.state == ChatState.STOPPED)
async def resume(turn: Turn) -> Answer:
    chats.set_state(turn.chat, ChatState.ACTIVE, "", turn.now)
    return Outgoing(turn.text("groups.resumed"))


@rules.on(lambda turn: is_stop(turn) and in_group(turn) and turn.chat.state == ChatState.ACTIVE)
async def stop(turn: Turn) -> Answer:
    """Honoured at once, whoever asks; staff see it."""
    chats.set_state(turn.chat, ChatState.STOPPED, "asked_to_stop", turn.now)
    return Outgoing(turn.text("groups.stopped"))


@rules.on(
    lambda turn: (
        isinstance(turn.message, Incoming)
        and turn.message.in_group
        and (not turn.message.addressed or turn.chat.state in _SILENT)
    )
)
async def silent(turn: Turn) -> Answer:  # noqa: ARG001 - a handler is given its turn
    """In a group the bot speaks only when addressed."""
    return ()


@rules.on(lambda turn: in_group(turn) and command("kiemtra")(turn))
async def heard(turn: Turn) -> Answer:
    return Outgoing(turn.text("groups.heard", unit=turn.chat.unit.name if turn.chat.unit else ""))
