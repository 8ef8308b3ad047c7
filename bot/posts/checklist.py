"""What is looked at before a post is submitted: what must be mended, and what writer and approver should weigh."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.errors import Misuse
from bot.library import Fact, Library
from bot.messages import emphasis, split, utf16
from bot.models import Broadcast, BroadcastState, PostVersion
from bot.posts.broadcasts import check_target
from bot.posts.drawing import unknown_picture
from bot.posts.figures import newest, number, register
from bot.posts.freezing import Frozen, frozen_on
from bot.posts.permissions import permitted
from bot.posts.rendering import BadPost
from bot.posts.versions import post_of

LATELY = timedelta(days=30)
MODEL = "guong-dien-hinh"
"""the kind of post that shows a person as a model"""
NARROW, WIDE, CAPTION = 2000, 4096, 1024
"""UTF-16 units that Zalo and Telegram carry in a message, and Telegram under a picture"""
_TYPED = re.compile(r"(?<![\d./])\d{1,3}(?:\.\d{3})+(?![\d./])")
_PHONE = re.compile(r"(?<![\d.])(?:\+84|0)(?:[ .-]?\d){9}(?!\d|\.\d)")
_IDENTITY = re.compile(r"(?<!\d)\d{12}(?!\d)")
_LINK = re.compile(r"https?://[^\s<>\"')\]»]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """`stops`: it cannot be submitted so; else it is to be weighed."""

    stops: bool
    sentence: str


Said = tuple[bool, str, dict[str, Any]]
"""stops, the key below editor.check, the values of its sentence"""


async def checklist(
    db: AsyncSession, library: Library, config: Config, version: PostVersion, now: datetime
) -> list[Finding]:
    """All that is to be said of it; what must be mended comes first."""
    day = (version.due_at or now).astimezone(config.service.zone).date()
    facts = register(library, await newest(db))
    found = [*_blanks(library, version), *_time(version, now, day)]
    try:
        await _check_target(db, library, version)
        frozen = await frozen_on(db, library, post_of(version, library.posts.get(version.post_id)), day, config)
    except BadPost as error:
        found.append((True, "bad_template", {"words": str(error)}))
    except Misuse as error:
        found.append((True, "said", {"words": str(error)}))
    else:
        found += [*_figures(version, frozen, facts, day), *_lengths(frozen), *_words(library, config, version, frozen)]
        found += await _lately(db, version, frozen, now)
        found += await _consent(db, version, day)
    told = [Finding(stops, library.texts(f"editor.check.{key}", **values)) for stops, key, values in found]
    return sorted(dict.fromkeys(told), key=lambda one: not one.stops)


async def _check_target(db: AsyncSession, library: Library, version: PostVersion) -> None:
    if version.target and not version.standing:
        await check_target(db, library, version.target)


def _blanks(library: Library, version: PostVersion) -> Iterator[Said]:
    for name in ("title", "body", "source"):
        if not getattr(version, name).strip():
            yield True, f"no_{name}", {}
    if version.topic and version.topic not in library.topics:
        yield True, "no_topic", {}
    if version.kind == "hoi-dap" and not version.topic:
        yield True, "no_topic", {}
    if words := unknown_picture(library, post_of(version)):
        yield True, "no_picture", {"what": words}
    options, right = version.more.get("options", ()), version.more.get("right")
    if version.kind == "cau-do" and not (2 <= len(options) <= 10 and right in range(len(options))):
        yield True, "no_options", {}


def _time(version: PostVersion, now: datetime, day: date) -> Iterator[Said]:
    if not version.standing:
        if version.due_at is None or not version.target:
            yield True, "no_time", {}
        elif version.due_at < now - timedelta(minutes=5):
            yield True, "past", {}
    if version.valid_until is None:
        yield False, "no_end", {}
    elif version.valid_until < day:
        yield True, "over", {"until": version.valid_until}
    if version.valid_from and version.valid_from > day and not version.standing:
        yield True, "early", {"begins": version.valid_from}


def _figures(version: PostVersion, frozen: Frozen, facts: dict[str, Fact], day: date) -> Iterator[Said]:
    """Figures of the register that are old or not known, and numbers that were typed instead."""
    for fact in frozen.shown.facts:
        if fact.standing != "V":
            yield True, "unverified", {"label": fact.label}
        if fact.value is None:
            yield False, "no_value", {"label": fact.label}
        if fact.valid_until and fact.valid_until < day:
            yield False, "stale", {"label": fact.label, "until": fact.valid_until}
    known = {number(fact.value): fact for fact in facts.values() if fact.value is not None}
    for typed in _typed(version.body, {fact.unit for fact in facts.values()}):
        of = known.get(typed)
        yield False, "typed", {"what": typed, "id": of.id if of else "", "label": of.label if of else ""}


def _typed(body: str, units: set[str]) -> list[str]:
    """Thousands, and numbers before what the register counts: «34 mộ liệt sĩ»."""
    written = re.sub(r"{{.*?}}", "", body).replace("**", "")
    counted = re.compile(rf"(?<![\d./])(\d+(?:\.\d{{3}})*)\s+(?:{'|'.join(map(re.escape, units - {''}))})(?!\w)")
    return list(dict.fromkeys([*counted.findall(written), *_TYPED.findall(written)]))


def _lengths(frozen: Frozen) -> Iterator[Said]:
    length = utf16(emphasis(frozen.shown.text)[0])
    if length > NARROW:
        yield False, "long_zalo", {"length": length, "limit": NARROW, "parts": len(split(frozen.shown.text, NARROW))}
    if length > WIDE:
        yield False, "long_telegram", {"length": length, "limit": WIDE, "parts": len(split(frozen.shown.text, WIDE))}
    elif frozen.picture and length > CAPTION:
        yield False, "long_caption", {"length": length, "limit": CAPTION}


def _words(library: Library, config: Config, version: PostVersion, frozen: Frozen) -> Iterator[Said]:
    """What an official post must not say, and what it must not show of the living."""
    written = "\n".join([frozen.shown.text, version.line, *version.more.get("options", ())])
    said = " ".join(unicodedata.normalize("NFC", written).casefold().split())
    quoting = version.kind in ("dinh-chinh", "hoi-dap")
    for claim in library.texts("editor.words.forbidden").splitlines():
        if re.search(rf"(?<!\w){re.escape(claim.casefold())}(?!\w)", said):
            yield not quoting, "forbidden", {"what": claim, "quoting": quoting}
    for phone in _PHONE.findall(written):
        yield False, "phone", {"what": phone}
    if _IDENTITY.search(written):
        yield True, "identity", {}
    for link in _LINK.findall(written):
        yield from _link(config, link)


def _link(config: Config, link: str) -> Iterator[Said]:
    place = urlsplit(link)
    host = place.hostname or ""
    if place.scheme != "https" and not link.startswith(config.public_url):
        yield False, "link_open", {"what": link}
    if not (host.endswith(".gov.vn") or link.startswith(config.public_url)):
        yield False, "link_other", {"host": host}


async def _consent(db: AsyncSession, version: PostVersion, day: date) -> list[Said]:
    """A model person is shown only with his consent, on the day it is said."""
    if version.permission_id is not None:
        return [] if await permitted(db, version.permission_id, day) else [(True, "consent_over", {})]
    named = version.kind != MODEL or version.more.get("nobody")
    return [] if named else [(True, "no_consent", {})]


async def _lately(db: AsyncSession, version: PostVersion, frozen: Frozen, now: datetime) -> list[Said]:
    """The same words went out lately, or are planned."""
    at = version.due_at or now
    going = (BroadcastState.PLANNED, BroadcastState.PUBLISHED, BroadcastState.PAUSED)
    same = select(Broadcast).where(
        Broadcast.message["text"].as_string() == frozen.shown.text,
        Broadcast.state.in_(going),
        Broadcast.due_at > at - LATELY,
        Broadcast.due_at < at + LATELY,
    )
    newest_one = await db.scalar(same.order_by(Broadcast.due_at.desc()).limit(1))
    if newest_one is None:
        return []
    return [(False, "lately", {"title": newest_one.title, "at": newest_one.due_at, "days": LATELY.days})]
