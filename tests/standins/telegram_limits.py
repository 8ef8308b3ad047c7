"""Telegram's published speeds as its server would keep them: 30 a second, 1 in a chat; 20 a minute in a group."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

RATE = 30.0
GROUP_LIMIT, GROUP_WINDOW = 20, 60.0
CHAT_GAP = 1.0
SLACK = 0.02
"""seconds by which a message may come early in its chat: two requests do not take equally long on their way"""


@dataclass
class Limits:
    """`burst`: what may come at once. `freeze`: an overall refusal shuts the whole bot out until its deadline."""

    burst: int = 30
    freeze: bool = False
    _tokens: float = math.inf
    _at: float = 0.0
    _frozen: float = 0.0
    _chats: dict[int, deque[float]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=GROUP_LIMIT)))

    def admit(self, chat: int, now: float) -> int:
        """0 when the message may pass, else retry_after in seconds."""
        if now < self._frozen:
            return math.ceil(self._frozen - now)
        sends = self._chats[chat]
        if chat < 0 and len(sends) == GROUP_LIMIT and sends[0] + GROUP_WINDOW > now:
            return math.ceil(sends[0] + GROUP_WINDOW - now)
        if sends and sends[-1] + CHAT_GAP - SLACK > now:
            return 1
        self._tokens = min(self.burst, self._tokens + (now - self._at) * RATE)
        self._at = now
        if self._tokens < 1:
            self._frozen = now + 1 if self.freeze else 0.0
            return 1
        self._tokens -= 1
        sends.append(now)
        return 0
