"""«Phản ánh»: something false or fraudulent about the Campaign; category, what is said, a yes, and no more questions.

Where the talk stands is in the choices last offered, so that nothing else said later is taken for a report.
"""

from bot.answers import rumours
from bot.messages import Choice, Outgoing
from bot.models import Rumour
from bot.router import Answer, Router, Turn, command, command_of, in_group, in_private
from handlers.replies import COMMANDS

rules = Router()
_OURS = "tinsai:"
_CATEGORY, _STOP, _SEND, _DROP = (f"{_OURS}{step}:" for step in ("category", "stop", "send", "drop"))
_says = command("phananh", exactly=True)
_means = command("phananh")


def _asks(turn: Turn) -> bool:
    """While a claim is awaited only the command itself begins another one."""
    return _says(turn) or (_means(turn) and not is_waiting(turn))


@rules.on(lambda turn: in_group(turn) and _asks(turn))
async def in_private_please(turn: Turn) -> Answer:
    """A false claim is not repeated before the whole group."""
    private = Choice(turn.text("rumours.go_private"), url=f"{turn.config.public_url}/chat")
    return Outgoing(turn.text("rumours.in_group"), choices=(private,))


@rules.on(lambda turn: in_private(turn) and _asks(turn))
async def begin(turn: Turn) -> Answer:
    categories = turn.library.texts.under("rumours.category")
    ways = [Choice(label, f"{_CATEGORY}{name}") for name, label in categories.items()]
    return Outgoing(turn.text("rumours.ask_category"), choices=(*ways, _stop(turn, "")))


@rules.on(lambda turn: in_private(turn) and (turn.said.choice or "").startswith(_OURS))
async def pressed(turn: Turn) -> Answer:
    step, _, about = (turn.said.choice or "").removeprefix(_OURS).partition(":")
    if step == "category" and about in turn.library.texts.under("rumours.category"):
        return Outgoing(turn.text("rumours.ask_words"), choices=(_stop(turn, about),))
    if step == "stop":
        return Outgoing(turn.text("rumours.dropped"))
    rumour = await rumours.draft_of(turn.db, turn.chat, about)
    if rumour is None:
        return Outgoing(turn.text("rumours.gone"))
    if step == "drop":
        await rumours.drop(turn.db, rumour)
        return Outgoing(turn.text("rumours.dropped"))
    await rumours.send(turn.db, rumour, turn.library.wordbook)
    return Outgoing(turn.text("rumours.sent"))


def _telling(turn: Turn) -> bool:
    """Something is said while we wait for it; another command is not it."""
    if not in_private(turn) or turn.said.choice is not None or command_of(turn.said):
        return False
    return bool(_waiting(turn)) and not any(says(turn) for says in COMMANDS)


def is_waiting(turn: Turn) -> bool:
    """Words of a false claim are awaited here."""
    return _waiting(turn) is not None


def _waiting(turn: Turn) -> tuple[str, str] | None:
    """(step, category or number of the draft) for which words are awaited here."""
    values = [str(value) for _, value, _ in turn.chat.menu]
    found = ((step, value.removeprefix(step)) for value in values for step in (_SEND, _STOP) if value.startswith(step))
    return next((one for one in found if one[1]), None)


@rules.on(_telling)
async def told(turn: Turn) -> Answer:
    """What is said, a link or a screenshot; more of it until it is sent."""
    step, about = _waiting(turn) or ("", "")
    draft = await rumours.draft_of(turn.db, turn.chat, about) if step == _SEND else None
    again = _again(turn, draft, about)
    if turn.said.attachments and not turn.said.text and rumours.screenshot(turn.said) is None:
        return Outgoing(turn.text("rumours.only_pictures"), choices=again)
    if len(turn.said.text) + (len(draft.words) if draft else 0) > rumours.LONGEST:
        return Outgoing(turn.text("rumours.too_long", most=rumours.LONGEST), choices=again)
    if step == _SEND and draft is None:
        return None
    if draft is None:
        draft = await rumours.begin(turn.db, turn.chat, about, turn.said, turn.now)
    else:
        rumours.add(draft, turn.said)
    return _confirm(turn, draft)


def _confirm(turn: Turn, rumour: Rumour) -> Outgoing:
    words = turn.text(
        "rumours.confirm",
        category=turn.text(f"rumours.category.{rumour.category}"),
        words=rumour.words.replace("**", ""),
        link=rumour.link,
        picture=bool(rumour.picture_ref),
        send=turn.text("rumours.send"),
    )
    return Outgoing(words, choices=_again(turn, rumour, rumour.category))


def _again(turn: Turn, draft: Rumour | None, category: str) -> tuple[Choice, ...]:
    if draft is None:
        return (_stop(turn, category),)
    send = Choice(turn.text("rumours.send"), f"{_SEND}{draft.id}")
    return send, Choice(turn.text("rumours.stop"), f"{_DROP}{draft.id}")


def _stop(turn: Turn, category: str) -> Choice:
    return Choice(turn.text("rumours.stop"), f"{_STOP}{category}")
