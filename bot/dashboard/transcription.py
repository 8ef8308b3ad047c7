"""The transcription desk: voice notes and papers that wait for words, and the page of one file where they are written.

The bytes themselves come from files.py. Drafts go to the server, for sealed words must not stay in a browser.
"""

from pathlib import Path

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import photos, transcripts
from bot.cases.originals import SAMPLING, UNSEEN
from bot.cases.photos import Taken
from bot.dashboard import files
from bot.dashboard.desk import Desk
from bot.errors import Misuse
from bot.models import FileState, Tip, TipAnswer, TipFile
from bot.staff import Act

PAGE = 50
PLAYED = ("audio/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/aac", "audio/wav", "audio/x-wav", "audio/webm")
"""what browsers play; «amr» of old telephones they do not"""


async def listed(desk: Desk) -> web.Response:
    kind = "ghi-am" if desk.asked("loai") == "ghi-am" else "anh" if desk.asked("loai") == "anh" else ""
    async with desk.write() as db:
        scope = await desk.scope(db)
        mime = {"ghi-am": "audio/", "anh": "image/"}.get(kind, "")
        within = scope.rows(Tip.unit_id) & TipFile.mime.startswith(mime)
        waiting, number = await transcripts.waiting(db, within, desk.today)
        await desk.audit(db, "list", "transcription", shown=min(len(waiting), PAGE))
    return desk.page("transcription", waiting=waiting[:PAGE], number=number, kind=kind)


async def show(desk: Desk) -> web.Response:
    async with desk.write() as db:
        file, tip = await files.found(db, desk)
        await desk.audit(db, "look_file", f"tip:{tip.id}", file=file.id)
        versions = await transcripts.versions(db, file)
        drafts = await transcripts.drafts(db, file)
        answer = await db.get_one(TipAnswer, file.answer_id)
        same = await _same(db, file)
    path = desk.config.data / "media" / file.sha256[:2] / file.sha256
    picture = file.state == FileState.KEPT and file.mime.startswith("image/") and path.is_file()
    mine = next((one for one, _ in drafts if one.staff_id == desk.staff.id), None)
    offered = next((one for one, _ in drafts if one.staff_id is None and one.words), None)
    begun = mine or (versions[0][0] if versions else offered)
    return desk.page(
        "transcription-one",
        file=file,
        tip=tip,
        answer=answer,
        readable=picture and file.reason != UNSEEN,
        taken=await _taken(desk, path) if picture and not file.quarantined else None,
        same=same,
        versions=versions,
        others=[(one, name) for one, name in drafts if one.staff_id not in (None, desk.staff.id)],
        mine=mine,
        offered=offered if begun is offered else None,
        words=desk.field("words") if "words" in desk.form else begun.words if begun else "",
        based=versions[0][0].id if versions else 0,
        played=PLAYED,
        may_see_sealed=desk.may(Act.SEE_SEALED),
        may_write=desk.may(Act.CHANGE_TIPS) and file.state == FileState.KEPT and file.quarantined != SAMPLING,
        reasons=files.REASONS,
        longest=transcripts.LONGEST,
    )


async def _same(db: AsyncSession, file: TipFile) -> list[TipFile]:
    """The file it is the same as, and those that are the same as it."""
    first = file.same_as_id or file.id
    rows = select(TipFile).where((TipFile.id == first) | (TipFile.same_as_id == first), TipFile.id != file.id)
    return list(await db.scalars(rows.order_by(TipFile.id).limit(20)))


async def _taken(desk: Desk, path: Path) -> Taken | None:
    return await photos.aside(photos.taken, path) if desk.may(Act.SEE_SEALED) else None


async def save(desk: Desk) -> web.StreamResponse:
    """A draft (also while typing, then without a page), the finished words, or that there is nothing to read."""
    words, act = desk.field("words").replace("\r\n", "\n"), desk.field("act")
    if len(words) > transcripts.LONGEST:
        raise Misuse(desk.say("misuse.transcript_long", most=transcripts.LONGEST))
    if act == "done" and not words:
        raise Misuse(desk.say("misuse.transcript_empty"))
    async with desk.write() as db:
        file, tip = await files.found(db, desk)
        if file.state != FileState.KEPT or file.quarantined == SAMPLING:
            raise web.HTTPForbidden
        finished = act in ("done", "nothing")
        clash = finished and not await _is_newest(db, file, desk.field("based"))
        if finished and not clash:
            await transcripts.finish(db, tip, file, words if act == "done" else "", desk.now, desk.staff)
        else:
            await transcripts.draft(db, file, words, desk.now, desk.staff)
    if clash:
        raise Misuse(desk.say("misuse.transcript_clash"))
    if act == "typing":
        return web.Response(status=204)
    if act == "draft":
        return desk.go("ghi-chep", file.id, done="transcript_draft")
    return desk.go("ghi-chep", done="transcribed")


async def _is_newest(db: AsyncSession, file: TipFile, based: str) -> bool:
    """Has nobody finished a version since the page was opened?"""
    versions = await transcripts.versions(db, file)
    return based == str(versions[0][0].id if versions else 0)
