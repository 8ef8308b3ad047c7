"""Who we are and what one may say: /start, greetings, help; and «ngừng nhận tin» in private."""

from bot.messages import AttachmentKind, Choice, Outgoing
from bot.router import Answer, Router, Turn, command, in_private

rules = Router()
is_help = command("trogiup")
is_start = command("start")


@rules.on(lambda turn: is_start(turn) or is_help(turn))
async def hello(turn: Turn) -> Answer:
    key = "welcome.private" if in_private(turn) else "welcome.group"
    return Outgoing(turn.text(key), choices=_ways(turn) if in_private(turn) else ())


@rules.on(lambda turn: in_private(turn) and command("ngung")(turn))
async def nothing_to_stop(turn: Turn) -> Answer:
    """In private nothing is ever sent unasked, but for news of one's own tip."""
    return Outgoing(turn.text("welcome.nothing_to_stop"))


@rules.on(lambda turn: in_private(turn) and bool(turn.said.attachments) and not turn.said.text)
async def only_files(turn: Turn) -> Answer:
    """A picture or voice note out of the blue is most likely the beginning of a tip."""
    place = any(a.kind is AttachmentKind.LOCATION for a in turn.said.attachments)
    return Outgoing(turn.text("welcome.place" if place else "welcome.files"), choices=_ways(turn)[:1])


def _ways(turn: Turn) -> tuple[Choice, ...]:
    return tuple(
        Choice(turn.text(f"welcome.ways.{name}"), name)
        for name in ("baotin", "tincuatoi", "tiendo", "dulieu", "phananh")
    )
