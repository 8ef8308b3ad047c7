"""Who we are and what one may say: /start, greetings, help; and «ngừng nhận tin» in private."""

from bot.language import Act
from bot.messages import Choice, Outgoing, fold
from bot.router import Answer, Router, Turn, command, in_private

rules = Router()
is_help = command("trogiup")
is_start = command("start")


@rules.on(lambda turn: is_start(turn) or is_help(turn))
async def hello(turn: Turn) -> Answer:
    key = "welcome.private" if in_private(turn) else "welcome.group"
    return Outgoing(turn.text(key), choices=_ways(turn) if in_private(turn) else ())


@rules.on(lambda turn: in_private(turn) and turn.tip is None and asks_who(turn))
async def who_we_are(turn: Turn) -> Answer:
    return Outgoing(turn.text("welcome.machine"), choices=_ways(turn))


def asks_who(turn: Turn) -> bool:
    """«Cháu là người hay máy vậy?»"""
    return bool(turn.act) and len(turn.said.text.split()) <= _SHORT and turn.says("welcome.asks_who")


_SHORT = 14
"""words at most that ask no more than that"""


@rules.on(lambda turn: in_private(turn) and command("ngung")(turn))
async def nothing_to_stop(turn: Turn) -> Answer:
    """In private nothing is ever sent unasked, but for news of one's own tip."""
    return Outgoing(turn.text("welcome.nothing_to_stop"))


@rules.on(lambda turn: in_private(turn) and turn.act is Act.HELPER)
async def helps(turn: Turn) -> Answer:
    """«Cháu nhắn hộ ông», before it is said what for."""
    return Outgoing(turn.text("welcome.helper"), choices=_ways(turn))


@rules.on(lambda turn: in_private(turn) and turn.act is Act.COURTESY and _greets(turn))
async def greeted(turn: Turn) -> Answer:
    return Outgoing(turn.text("welcome.greeted"), choices=_ways(turn))


@rules.on(lambda turn: in_private(turn) and _answers_nothing(turn))
async def nothing_was_asked(turn: Turn) -> Answer:
    """«Đúng rồi cháu ạ», «không nhớ», and no question of ours is open."""
    return Outgoing(turn.text("welcome.heard"), choices=_ways(turn))


def _answers_nothing(turn: Turn) -> bool:
    says = turn.act in (Act.YES, Act.NO, Act.UNKNOWN, Act.SKIP, Act.ENOUGH, Act.LATER)
    return says and turn.meaning is not None and turn.meaning.likely >= _PLAINLY and turn.tip is None


_PLAINLY = 0.6


def _greets(turn: Turn) -> bool:
    first = fold(turn.said.text).split()
    return any(word in first for word in ("chao", "hello", "alo", "hi")) and "on" not in first


def _ways(turn: Turn) -> tuple[Choice, ...]:
    """Five at most, for a Zalo OA shows no more as buttons; one's own data is behind «tin của tôi»."""
    names = ("baotin", "giadinh", "tincuatoi", "tiendo", "phananh")
    return tuple(Choice(turn.text(f"welcome.ways.{name}"), name) for name in names)
