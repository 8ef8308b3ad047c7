"""A version as each channel will show it: cut and marked by the adapters' own functions, drawn by the press."""

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape
from sqlalchemy.ext.asyncio import AsyncSession

from bot import approvers, press
from bot.channels import Raw, telegram_message, zalo_oa_message
from bot.dashboard.desk import Desk
from bot.errors import BotError
from bot.messages import Outgoing, Picture, as_menu, from_json, utf16
from bot.models import PostVersion
from bot.posts.approval import frozen_now
from bot.posts.broadcasts import as_frozen
from bot.posts.checklist import NARROW, Finding, checklist
from bot.posts.drawing import values_of
from bot.posts.freezing import Frozen

PLACE_OF_PICTURE = "0" * 64
"""stands for a picture that is drawn only when it is sent"""


@dataclass(frozen=True, slots=True)
class Part:
    """One message on a platform. `units` of `limit` are used; `html` is safe."""

    html: Markup
    picture: bool
    units: int
    limit: int


@dataclass(frozen=True, slots=True)
class Views:
    """`mistake`: why nothing can be shown; then the rest is empty."""

    findings: Sequence[Finding]
    telegram: Sequence[Part] = ()
    zalo: Sequence[Part] = ()
    text: str = ""
    title: str = ""
    body: str = ""
    picture: bool = False
    drawn: str = ""
    """the picture as a data URL, for what is not saved yet"""
    alt: str = ""
    mistake: str = ""


async def views(db: AsyncSession, desk: Desk, version: PostVersion, *, draws: bool) -> Views:
    """Of what is written now, whether it was saved or not; with `draws` the picture too."""
    findings = await checklist(db, desk.library, desk.config, version, desk.now)
    try:
        frozen = await frozen_now(db, desk.library, desk.config, version, desk.now)
    except BotError as error:
        return Views(findings, mistake=str(error))
    message, made = message_of(frozen), await drawn(desk, frozen) if draws else None
    return Views(
        findings,
        telegram=[_on_telegram(part) for part in telegram_message.parts(message)],
        zalo=[_on_zalo(desk, part) for part in zalo_oa_message.parts(message, desk.library.texts(_HINT))],
        text=frozen.shown.text,
        title=frozen.shown.title,
        body=frozen.shown.body,
        picture=frozen.picture is not None,
        drawn=f"data:image/png;base64,{base64.b64encode(made.png).decode()}" if made else "",
        alt=made.alt if made else "",
    )


_HINT = "editor.preview.hint"


def message_of(frozen: Frozen, picture: Picture | None = None) -> Outgoing:
    """As it will be queued, with its picture or something that stands for it."""
    message = as_menu(from_json(as_frozen(frozen)["message"]), "")
    if frozen.picture is None:
        return message
    return replace(message, picture=picture or Picture(PLACE_OF_PICTURE))


def _on_telegram(part: Outgoing) -> Part:
    raw = telegram_message.text_of(part)
    limit = telegram_message.CAPTION_LIMIT if part.picture else telegram_message.TEXT_LIMIT
    return Part(marked(raw), part.picture is not None, utf16(raw["text"]), limit)


def _on_zalo(desk: Desk, part: Outgoing) -> Part:
    """No buttons and no emphasis: choices are a numbered menu."""
    text = zalo_oa_message.said(part, desk.library.texts(_HINT), buttons=False).get("text", "")
    return Part(escape(text), part.picture is not None, utf16(text), NARROW)


def marked(raw: Raw) -> Markup:
    """The text of the Bot API with its entities, which count in UTF-16 units."""
    units, html, end = raw["text"].encode("utf-16-le"), Markup(""), 0
    for entity in raw.get("entities", ()):
        start, stop = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
        strong = Markup("<strong>{}</strong>").format(units[start:stop].decode("utf-16-le"))
        html += escape(units[end:start].decode("utf-16-le")) + strong
        end = stop
    return html + escape(units[end:].decode("utf-16-le"))


async def drawn(desk: Desk, frozen: Frozen) -> press.Infographic | None:
    """The picture, when the post has one and it can be drawn."""
    if frozen.picture is None:
        return None
    try:
        return await asyncio.to_thread(press.infographic, values_of(frozen.picture), folder=desk.library.folder)
    except (press.PressError, KeyError, TypeError, ValueError):
        return None


async def as_sent(db: AsyncSession, desk: Desk, version: PostVersion) -> str:
    """The words an approver decides on; «» when they cannot be rendered."""
    try:
        return await approvers.as_sent(db, desk.library, desk.config, version, desk.now)
    except BotError:
        return ""
