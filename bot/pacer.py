"""When the next send may start, for one bot account. Pure arithmetic on seconds of a monotonic clock."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

SLOWER = 0.9
RECOVERY = 3000.0
"""seconds from a standstill to full pace: a tenth comes back in five minutes"""


@dataclass
class Pacer:
    """`rate` a second over the account with a burst of `burst`, `group_limit` in any `group_window`, `chat_gap` a chat.

    Refused for speed, posts (or one chat, or everything) halt until the deadline, and the pace drops by a tenth and
    recovers. Answers to people go on while posts halt, until an answer is refused as well.
    """

    rate: float
    burst: int = 3
    group_limit: int = 20
    group_window: float = 60.0
    chat_gap: float = 1.0
    _due: float = 0.0
    _halted: float = 0.0
    _bulk_halted: float = 0.0
    _slow: float = 1.0
    _slowed_at: float = 0.0
    _chats: dict[str, deque[float]] = field(default_factory=dict)
    _held: dict[str, float] = field(default_factory=dict)
    _room: int = 4096

    def wait(self, now: float, bulk: bool = False) -> float:
        """Seconds until the account may start a send, a post of a broadcast when `bulk`."""
        halted = max(self._halted, self._bulk_halted) if bulk else self._halted
        return max(0.0, halted - now, self._due - now - (self.burst - 1) / self._pace(now))

    def wait_for(self, chat: str, group: bool, now: float) -> float:
        """Seconds until this chat may be sent to, the account apart."""
        sends = self._chats.get(chat, ())
        held = self._held.get(chat, 0.0) - now
        gap = sends[-1] + self.chat_gap - now if sends else 0.0
        full = sends[-self.group_limit] + self.group_window - now if group and len(sends) >= self.group_limit else 0.0
        return max(0.0, held, gap, full)

    def take(self, chat: str, now: float) -> None:
        """A send to `chat` starts now; a message of several parts takes once for each."""
        self._due = max(self._due, now) + 1 / self._pace(now)
        self._chats.setdefault(chat, deque(maxlen=self.group_limit)).append(now)
        if len(self._chats) > self._room:
            self._chats = {c: s for c, s in self._chats.items() if s[-1] > now - self.group_window}
            self._held = {c: until for c, until in self._held.items() if until > now}
            # Looked through again only when it has doubled, or a fast account would look at every send.
            self._room = max(4096, 2 * len(self._chats))

    def remember(self, sends: Iterable[tuple[str, float]]) -> None:
        """What another owner of the account has sent lately: (chat, moment), oldest first."""
        for chat, at in sends:
            self.take(chat, at)

    def refused(self, chat: str, seconds: float, now: float, *, bulk: bool, group: bool) -> bool:
        """Refused for speed: halt for `seconds`; a deadline is never shortened. True: all halts, not only the chat.

        The platform does not say which limit was passed. A group that had another message within its window is
        taken to have passed its own.
        """
        lately = [at for at in self._chats.get(chat, ()) if at > now - self.group_window]
        if group and len(lately) > 1:
            self._held[chat] = max(self._held.get(chat, 0.0), now + seconds)
            return False
        self.halt(seconds, now, bulk=bulk)
        return True

    def halt(self, seconds: float, now: float, *, bulk: bool = False) -> None:
        """Nothing (no post, when `bulk`) starts for `seconds`, and the pace drops."""
        if bulk:
            self._bulk_halted = max(self._bulk_halted, now + seconds)
        else:
            self._halted = max(self._halted, now + seconds)
        self._slow, self._slowed_at = max(0.1, self._recovered(now) * SLOWER), now + seconds

    def pace(self, now: float) -> float:
        """Messages a second at present, for people to see."""
        return self._pace(now)

    def _pace(self, now: float) -> float:
        return self.rate * self._recovered(now)

    def _recovered(self, now: float) -> float:
        return min(1.0, self._slow + max(0.0, now - self._slowed_at) / RECOVERY)
