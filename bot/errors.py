"""Every error that one room tells another. A channel's errors are named by what the sender should do next."""

import traceback
from dataclasses import dataclass
from datetime import timedelta


class BotError(Exception):
    """The base of all errors that are somebody's mistake or the world's, not the program's."""


class ConfigError(BotError):
    """config.toml is wrong; the message is a Vietnamese sentence with the key, the line and what was expected."""


class Misuse(BotError):
    """A person asked for something that cannot be; the message is a finished Vietnamese sentence."""


@dataclass
class ChannelError(BotError):
    """A send or a fetch that did not succeed.

    reason: a key of content/texts/reasons.toml («kicked», «no_photo_right»); words: the platform's own, for staff.
    """

    reason: str
    words: str = ""

    def __str__(self) -> str:
        return f"{self.reason}: {self.words}" if self.words else self.reason


@dataclass
class NotSent(ChannelError):
    """It certainly did not arrive: try again later; `few`: a handful of times, for the platform's word is vague."""

    few: bool = False


@dataclass
class Throttled(ChannelError):
    """Refused for speed; nothing may be sent for `retry_after` (to this chat alone when `chat_only`)."""

    retry_after: timedelta = timedelta(seconds=30)
    chat_only: bool = False


class Unknown(ChannelError):
    """It may have arrived: never repeat blindly."""


class Refused(ChannelError):
    """This message will never be accepted by this chat; the chat itself is well."""


class ChatGone(ChannelError):
    """Nothing can be sent to this chat until it comes back by itself."""


@dataclass
class ChatMoved(ChannelError):
    """The chat lives on under another id of the same channel."""

    new_id: str = ""


class AccountDown(ChannelError):
    """The bot's own account is refused (bad token): stop everything on this channel."""


def place_of(error: BaseException) -> str:
    """«TypeError (inbox.py:120)»: what may be logged of a mistake of ours. Its message may hold somebody's words."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{where}"
