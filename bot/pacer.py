"""When the next send may start, for one bot account. Pure arithmetic on seconds of a monotonic clock."""

from collections import deque
from dataclasses import dataclass, field


@dataclass
class Pacer:
    """`rate` a second over the account with a burst of `burst`, `group_limit` in any `group_window`, `chat_gap` a chat.

    After a refusal for speed everything (or one chat) halts until its deadline, and the pace drops by a tenth and
    recovers over about five minutes.
    """

    rate: float
    burst: int = 3
    group_limit: int = 20
    group_window: float = 60.0
    chat_gap: float = 1.0
    _due: float = 0.0
    _halted: float = 0.0
    _slow: float = 1.0
    _slowed_at: float = 0.0
    _chats: dict[str, deque[float]] = field(default_factory=dict)
    _held: dict[str, float] = field(default_factory=dict)

    def wait(self, now: float) -> float:
        """Seconds until the account may start a send."""
        step = 1 / self._pace(now)
        return max(0.0, self._halted - now, self._due - now - (self.burst - 1) * step)

    def wait_for(self, chat: str, group: bool, now: float) -> float:
        """Seconds until this chat may be sent to, the account apart."""
        sends = self._chats.get(chat, ())
        held = self._held.get(chat, 0.0) - now
        gap = sends[-1] + self.chat_gap - now if sends else 0.0
        full = sends[-self.group_limit] + self.group_window - now if group and len(sends) >= self.group_limit else 0.0
        return max(0.0, held, gap, full)

    def take(self, chat: str, now: float) -> None:
        """A send to `chat` starts now."""
        self._due = max(self._due, now) + 1 / self._pace(now)
        self._chats.setdefault(chat, deque(maxlen=self.group_limit)).append(now)
        if len(self._chats) > 4096:
            self._chats = {c: s for c, s in self._chats.items() if s[-1] > now - self.group_window}

    def halt(self, seconds: float, now: float, chat: str | None = None) -> None:
        """Refused for speed: stop for `seconds`, all or one chat. A deadline is never shortened."""
        if chat is not None:
            self._held[chat] = max(self._held.get(chat, 0.0), now + seconds)
            return
        self._halted = max(self._halted, now + seconds)
        self._slow, self._slowed_at = max(0.1, self._recovered(now) * 0.9), self._halted

    def _pace(self, now: float) -> float:
        return self.rate * self._recovered(now)

    def _recovered(self, now: float) -> float:
        return min(1.0, self._slow + max(0.0, now - self._slowed_at) / 3000)
