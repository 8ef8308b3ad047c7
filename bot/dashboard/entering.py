"""Staff write down what somebody tells by phone, on paper or at the door: all questions on one page, scans attached."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import entering, originals, photos, slips
from bot.cases.entering import AGREED, PARTS, WAYS, Scan, Written, asked, notice_of
from bot.dashboard.desk import Desk
from bot.dashboard.uploads import LARGEST, Sent
from bot.errors import Misuse
from bot.forms import Form
from bot.media import Media
from bot.messages import AttachmentKind
from bot.models import CameBy, Tip, Unit
from bot.press import PressError
from bot.staff import Act

LONGEST = 20_000
"""characters of one answer"""
MOST_FILES = 20


def _misuse(desk: Desk, key: str, **values: object) -> Misuse:
    return Misuse(desk.library.texts(f"entering.misuse.{key}", **values))


async def show(desk: Desk) -> web.Response:
    """The page; after a mistake with all that was written still on it, but for the files."""
    async with desk.read() as db:
        units = await _units(db, desk)
    form = _form(desk)
    first, further = asked(form)
    return desk.page(
        "entering",
        form=form,
        forms=list(desk.library.forms),
        ways=WAYS,
        agreed=AGREED,
        units=units,
        chosen=desk.field("unit") or str(desk.staff.unit_id),
        first=first,
        further=list(further),
        notice=notice_of(form, desk.config.service.unit),
        version=form.version,
        written={ask.id for ask in further if desk.field(f"q:{ask.id}")},
        day=desk.field("day") or f"{desk.today:%Y-%m-%d}",
        today=f"{desk.today:%Y-%m-%d}",
        largest=LARGEST // 1_000_000,
    )


def _form(desk: Desk) -> Form:
    """Which questions: chosen on the page, «mau» of its address."""
    return desk.library.forms.get(desk.field("form") or desk.asked("mau")) or desk.library.forms["tip"]


async def _units(db: AsyncSession, desk: Desk) -> Sequence[Unit]:
    scope = await desk.scope(db)
    return (await db.scalars(select(Unit).where(Unit.id.in_(scope.units)).order_by(Unit.id))).all()


async def enter(desk: Desk) -> web.Response:
    written = _written(desk)
    scans = await _kept(desk)
    if not written.answers and not scans:
        raise _misuse(desk, "nothing")
    async with desk.write() as db:
        scope = await desk.scope(db)
        if written.unit_id is not None and written.unit_id not in scope.units:
            raise _misuse(desk, "unit")
        whole = replace(written, scans=scans)
        tip = await entering.enter(db, desk.library, desk.config.service.unit, whole, desk.now, desk.staff)
    desk.wake()
    return desk.go("tin-bao", "nhap", tip.id)


def _written(desk: Desk) -> Written:
    """What stands in the fields. Raises Misuse for what must be there and is not."""
    form = _form(desk)
    if desk.field("came_by") not in set(WAYS):
        raise _misuse(desk, "came_by")
    witness = {part: desk.field(f"witness_{part}")[:300] for part in PARTS}
    if not witness["name"]:
        raise _misuse(desk, "name")
    if desk.field("agreed") not in AGREED or not desk.field("read_out"):
        raise _misuse(desk, "agreed")
    answers = {ask.id: desk.field(f"q:{ask.id}").replace("\r\n", "\n") for part in asked(form) for ask in part}
    for id, words in answers.items():
        if len(words) > LONGEST:
            ask = form.ask(id)
            raise _misuse(desk, "long", label=ask.label if ask else id, most=LONGEST)
    return Written(
        came_by=CameBy(desk.field("came_by")),
        form=form.id,
        agreed=desk.field("agreed"),
        unit_id=int(desk.field("unit")) if desk.field("unit").isdecimal() else desk.staff.unit_id,
        told_at=_day(desk),
        witness=witness,
        helper={part: desk.field(f"helper_{part}")[:300] for part in PARTS},
        answers={id: words for id, words in answers.items() if words},
    )


def _day(desk: Desk) -> datetime:
    """The day it was told; today is now."""
    try:
        day = date.fromisoformat(desk.field("day"))
    except ValueError:
        raise _misuse(desk, "day") from None
    if not desk.today - timedelta(days=3650) <= day <= desk.today:
        raise _misuse(desk, "day")
    noon = datetime.combine(day, time(12), desk.config.service.zone).astimezone(UTC)
    return desk.now if day == desk.today else noon


async def _kept(desk: Desk) -> tuple[Scan, ...]:
    """The files, on disk before the tip is written down."""
    sent = [one for one in desk.form.getall("scan", []) if isinstance(one, Sent)]
    if len(sent) > MOST_FILES:
        raise _misuse(desk, "many", most=MOST_FILES)
    if any(one.data is None for one in sent):
        raise _misuse(desk, "large", most=LARGEST // 1_000_000)
    media = Media(desk.config.data / "media", desk.database, b"", "")
    return tuple([await _scan(media, one) for one in sent])


async def _scan(media: Media, sent: Sent) -> Scan:
    data = sent.data or b""
    sha256 = await media.keep(data)
    path = media.path(sha256)
    found = await photos.aside(originals.examine, path, AttachmentKind.FILE, sent.name, sent.mime)
    return Scan(sent.name, found.mime, sha256, len(data), found)


async def entered(desk: Desk) -> web.Response:
    """The code to say and the receipt to print, for who has just told."""
    async with desk.write() as db:
        tip = await _of_mine(db, desk)
        await desk.audit(db, "look_receipt", f"tip:{tip.id}")
    return desk.page("entered", tip=tip, sees=desk.may(Act.SEE_TIPS))


async def slip(desk: Desk) -> web.Response:
    """The receipt as a PDF."""
    async with desk.write() as db:
        tip = await _of_mine(db, desk)
        await desk.audit(db, "print_receipt", f"tip:{tip.id}")
    return await printed(desk, tip)


async def _of_mine(db: AsyncSession, desk: Desk) -> Tip:
    """Of who may see tips any of his units; of the others what they wrote down themselves."""
    tip = await db.get(Tip, desk.number("id"))
    mine = tip is not None and (desk.may(Act.SEE_TIPS) or tip.staff_id == desk.staff.id)
    if tip is None or not mine or not tip.code or not (await desk.scope(db)).covers(tip.unit_id):
        raise web.HTTPNotFound
    return tip


async def printed(desk: Desk, tip: Tip) -> web.Response:
    """Raises Misuse when it cannot be drawn."""
    try:
        body = await slips.page(desk.config, desk.library, tip, "a4" if desk.asked("kho") == "a4" else "a5")
    except PressError as error:
        raise _misuse(desk, "slip", words=str(error)) from error
    name = desk.library.texts("receipt.file", code=tip.code)
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return web.Response(body=body, content_type="application/pdf", headers=headers)
