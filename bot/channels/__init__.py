"""The port the platforms share. An adapter knows messages and errors, never the database; what it must keep it asks
of `Pictures`, and what it receives it hands, raw, to `receive`."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol, runtime_checkable

from aiohttp import web

from bot.messages import Address, Attachment, ChatEvent, Incoming, Outgoing, Votes

Raw = dict[str, Any]
Receive = Callable[[str, Sequence[tuple[str, str]]], Awaitable[None]]
"""receive(channel, [(the platform's id of the update, its JSON)]): returns when all are stored, each once."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a platform can do; limits in UTF-16 units."""

    buttons: bool
    text_limit: int
    caption_limit: int
    hears_groups: bool
    """hears what is said in a group without being addressed"""
    repeatable: bool = False
    """a send with the same key arrives once, so an interrupted one may be repeated"""
    edits: bool = False
    """what was sent can be changed"""
    deletes_within: timedelta | None = None
    """what was sent can be taken away for so long; None: never"""
    replies: bool = False
    """a message can be shown as the reply to an earlier one of ours"""
    window: timedelta | None = None
    """a person who has been silent for longer cannot be written to; None: always"""


class Sent(NamedTuple):
    """The platform's id of a message that was accepted, and why it had to be accepted in a poorer form."""

    id: str
    poorer: str = ""
    """a key of content/texts/reasons.toml: «plain_text», «no_photo_right», «no_topic»; mostly empty"""
    poll: str = ""
    """«channel:id» of the poll that the message is"""


class Pictures(Protocol):
    """What an adapter may ask about pictures."""

    async def load(self, sha256: str) -> bytes: ...

    def public_url(self, sha256: str, now: datetime) -> str:
        """An unguessable URL of ours that serves the picture and expires."""
        ...

    async def uploaded(self, account: str, sha256: str) -> str | None:
        """The platform's file id from an earlier upload by this account."""
        ...

    async def remember(self, account: str, sha256: str, file_id: str) -> None: ...

    async def forget(self, account: str, sha256: str) -> None: ...


class Channel(Protocol):
    """One account on one platform. All its times are UTC; its errors are bot.errors."""

    name: str
    """«telegram», or «telegram@hong-bang»: what addresses and deliveries call the account"""
    abilities: Abilities

    def mount(self, app: web.Application, receive: Receive) -> None:
        """Add webhook routes, and a cleanup_ctx for the poll loop or the socket."""
        ...

    def read(self, update: Raw) -> Incoming | ChatEvent | Votes | None:
        """What a stored update means; None for what does not concern us. Raises on what cannot be read."""
        ...

    def parts(self, message: Outgoing) -> list[Outgoing]:
        """The message cut into what one request each can carry; choices go with the last part."""
        ...

    async def send(self, to: Address, part: Outgoing, key: str) -> Sent:
        """One request. Raises ChannelError."""
        ...

    async def edit(self, to: Address, id: str, part: Outgoing) -> None:
        """Change the text of the message `id`, or of what stands under its picture. Harmless when it is so already.

        Raises ChannelError; Refused when the platform cannot, or no longer.
        """
        ...

    async def delete(self, to: Address, id: str) -> None:
        """Take the message `id` away. Harmless when it is gone already. Raises ChannelError, as `edit` does."""
        ...

    async def fetch(self, attachment: Attachment) -> bytes:
        """The original bytes. Raises ChannelError."""
        ...


@runtime_checkable
class Polls(Protocol):
    """A channel on which a quiz is a poll of the platform."""

    async def end_poll(self, to: Address, id: str) -> tuple[int, ...]:
        """Nobody can answer the poll in the message `id` any more; how many chose each option. Raises ChannelError."""
        ...
