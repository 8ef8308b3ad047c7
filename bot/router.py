"""Which handler answers: rules tried in order on a Turn; the first that fits answers. Nothing is sent from here."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.language import Act, Meaning, Where
from bot.library import Library
from bot.messages import Address, ChatEvent, Incoming, Outgoing, fold
from bot.models import Chat, Emergency, Tip


@dataclass(frozen=True, slots=True)
class Turn:
    """One message or event, and all a handler may use to answer it."""

    message: Incoming | ChatEvent
    chat: Chat
    db: AsyncSession
    library: Library
    config: Config
    now: datetime
    private_url: Callable[[Address], str]
    """a link from a group into the private talk about a tip; «» where the platform has none"""
    where: Where = Where.NOTHING
    """what was asked last; this and the next two are found once, before the rules are tried (handlers/hearing.py)"""
    meaning: Meaning | None = None
    """what the words mean there; None for a button, a command and what has no words"""
    tip: Tip | None = None
    """the one that is being told here"""
    goes_on: bool = False
    """it follows so soon on what was said before that no answer to that was read"""
    perhaps: Act | None = None
    """the emergency that the words may tell of, although they are taken for something else"""
    emergency: Emergency | None = None
    """the one that was told here a moment ago"""

    @property
    def act(self) -> Act | None:
        return self.meaning.act if self.meaning else None

    @property
    def said(self) -> Incoming:
        """The message, where a rule has made sure that it is one."""
        assert isinstance(self.message, Incoming)  # noqa: S101 - the rules see to it
        return self.message

    @property
    def today(self) -> date:
        return self.now.astimezone(self.config.service.zone).date()

    def text(self, key: str, /, **values: object) -> str:
        """The sentence `key` of content/texts, which may name the service and the ward.

        Of a tip's talk, said to a helper of the old person beside him, unless it quotes what somebody said (`values`).
        """
        service = self.config.service
        words = self.library.texts(key, service=service.name, ward=service.unit, **values)
        helped = self.tip is not None and self.tip.by_helper and key.startswith("tips.") and not values
        return self.to_helper(words) if helped else words

    def says(self, key: str) -> bool:
        """Whether one of the phrases `key` of content/texts stands in the words, with accents or without."""
        words = f" {fold(self.said.text)} "
        return any(f" {fold(one)} " in words for one in self.library.texts(key).splitlines())

    def to_helper(self, words: str) -> str:
        """«bác» → «ông/bà», as the tip's form says."""
        form = self.library.forms.get(self.tip.form if self.tip else "", None) or self.library.forms["tip"]
        for one, other in form.says.items():
            words = words.replace(one, other)
        return words


Answer = Outgoing | Sequence[Outgoing] | None
"""None: not mine after all, the next rule is tried. An empty sequence: nothing to say, and that is all."""
Handler = Callable[[Turn], Awaitable[Answer]]
When = Callable[[Turn], bool]


Listener = Callable[[Turn], Awaitable[Turn]]
Last = Callable[[Turn, Sequence[Outgoing]], Awaitable[Sequence[Outgoing]]]


class Router:
    """Rules in order of precedence. `rules.on(when)` above a handler adds it.

    `listen` hears what was said, before them; `last` may add to their answers.
    """

    def __init__(
        self, parts: Iterable["Router"] = (), listen: Listener | None = None, last: Last | None = None
    ) -> None:
        self._rules: list[tuple[When, Handler]] = [rule for part in parts for rule in part._rules]
        self._listen = listen
        self._last = last

    def on(self, when: When) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            self._rules.append((when, handler))
            return handler

        return add

    async def __call__(self, turn: Turn) -> Sequence[Outgoing]:
        if self._listen:
            turn = await self._listen(turn)
        answers = await self._answers(turn)
        return await self._last(turn, answers) if self._last else answers

    async def _answers(self, turn: Turn) -> Sequence[Outgoing]:
        for when, handler in self._rules:
            if when(turn):
                answer = await handler(turn)
                if answer is not None:
                    return [answer] if isinstance(answer, Outgoing) else answer
        return []


ACTS = {
    "baotin": Act.TIP,
    "giadinh": Act.FAMILY,
    "tincuatoi": Act.MINE,
    "tiendo": Act.PROGRESS,
    "trogiup": Act.HELP,
    "phananh": Act.RUMOUR,
    "dulieu_delete": Act.DELETE,
    "camon": Act.COURTESY,
}
"""commands that people also say in words of their own"""


def command(name: str, *, exactly: bool = False) -> When:
    """«/name» in any spelling, a button of that value, words of texts/heard.toml, or what the ear takes for it.

    `exactly`: not what the ear takes for it. In groups: only when addressed.
    """

    def when(turn: Turn) -> bool:
        message = turn.message
        if not isinstance(message, Incoming) or (message.in_group and not message.addressed):
            return False
        words = fold(message.text)
        named = message.choice == name or command_of(message) == name or (words[:1] == "/" and _joined(words) == name)
        return named or words.lstrip("/ ") in heard(turn, name) or (not exactly and _meant(turn, name, words))

    return when


def _meant(turn: Turn, name: str, words: str) -> bool:
    """By the ear, where the words are not those of any command."""
    return turn.act is not None and turn.act is ACTS.get(name) and words not in _phrases(turn.library)


def _phrases(library: Library) -> frozenset[str]:
    """Of all commands."""
    return _folded("\n".join(library.texts.under("heard").values()))


def is_phrase(turn: Turn) -> bool:
    """Whether the words are those of a command."""
    return fold(turn.said.text) in _phrases(turn.library)


def heard(turn: Turn, name: str) -> frozenset[str]:
    """The folded phrases that mean the command `name`."""
    return _folded(turn.library.texts(f"heard.{name}"))


@lru_cache(maxsize=64)
def _folded(lines: str) -> frozenset[str]:
    return frozenset(map(fold, lines.splitlines()))


def command_of(message: Incoming) -> str:
    """«baotin» of «/baotin@OurBot anything», «/bao_tin» or «/BáoTin»; «» when there is none."""
    first = message.text.split(maxsplit=1)[0] if message.text.strip() else ""
    return _joined(fold(first.partition("@")[0])) if first.startswith("/") else ""


def _joined(words: str) -> str:
    return words.replace(" ", "").replace("/", "")


def rest_of(message: Incoming) -> str:
    """What follows the command."""
    return message.text.partition(" ")[2].strip() if command_of(message) else message.text.strip()


def in_private(turn: Turn) -> bool:
    return isinstance(turn.message, Incoming) and not turn.message.in_group


def in_group(turn: Turn) -> bool:
    return isinstance(turn.message, Incoming) and turn.message.in_group and turn.message.addressed
