"""One case of the database as Contents: what is stated, by whom, with its originals and who had them in his hands.

What somebody took his consent back for is left out and named as a gap, and so are pictures of a sampling site.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cases import cases
from bot.cases.contents import (
    Agreed,
    Answered,
    Chosen,
    Contents,
    Field,
    Gap,
    Heading,
    Held,
    Named,
    Original,
    Stated,
    Step,
    Told,
)
from bot.cases.headings import headings
from bot.cases.papers import Papers
from bot.cases.tips import labels_of
from bot.library import Library
from bot.models import (
    AuditEntry,
    Case,
    Claim,
    Decision,
    FileState,
    Ground,
    Handover,
    HandoverState,
    PersonRole,
    Staff,
    Tip,
    TipAnswer,
    TipFile,
    TipState,
    Transcript,
)

LOOKS = ("look", "file")
_NO_BYTES = ("location", "sticker")


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. `library`: what each tip's questions are called."""

    content: Path
    library: Library
    by: Staff
    now: datetime
    ground: Ground = Ground.CONSENT
    with_sampling: bool = False


@dataclass(frozen=True, slots=True)
class _Names:
    """What tips, files and staff are called."""

    papers: Papers
    codes: Mapping[int, str]
    staff: Mapping[int, str]

    def code(self, tip: Tip) -> str:
        return self.codes[tip.id]

    def tip(self, tip: Tip) -> str:
        return self.papers.say("about.tip", code=self.papers.code(self.code(tip)))

    def file(self, id: int, sha256: str = "") -> str:
        return self.papers.say("about.file", id=id, sha256=sha256)

    def case(self, case: Case) -> str:
        return self.papers.say("about.case", code=case.code)

    def who(self, id: int | None, else_: str = "") -> str:
        return self.staff.get(id or 0, else_)


async def gather(db: AsyncSession, case: Case, papers: Papers, order: Order) -> Contents:
    tips = await cases.tips_of(db, case)
    kept_out = {tip.id: why for tip in tips if (why := _kept_out(tip, order.ground))}
    staff = {id: name for id, name in await db.execute(select(Staff.id, Staff.name))}  # noqa: C416 - rows, not pairs
    names = _Names(papers, {tip.id: tip.code or str(tip.id) for tip in tips}, staff)
    claims = [one for one in await cases.claims_of(db, case) if one.withdrawn_at is None and one.tip_id not in kept_out]
    asked = headings(order.content, [one.field for one in claims])
    chosen = _chosen((await cases.best(db, case)).values(), claims, names)
    fields = tuple(_fields(asked, claims, chosen, names))
    shared = [tip for tip in tips if tip.id not in kept_out]
    files = [(tip, file) for tip in shared for answer in tip.answers for file in answer.files]
    files = [(tip, file) for tip, file in files if file.attachment.get("kind") not in _NO_BYTES]
    heard = await _transcripts(db, [file.id for _, file in files])
    handovers = (await db.scalars(select(Handover).where(Handover.case_id == case.id).order_by(Handover.id))).all()
    released = cases.identity_released(case)
    held = [*_received(shared, files, heard, names), *_given(handovers, case, names)]
    held += await _looks(db, case, tips, names)
    held.append(Held(order.now, "packed", names.case(case), order.by.name))
    return Contents(
        code=case.code,
        state=case.state,
        unit=case.unit.name if case.unit else "",
        area=case.area,
        created_at=case.created_at,
        made_at=order.now,
        made_by=order.by.name,
        conclusion=case.conclusion if released else "",
        fields=fields,
        tips=tuple(_told(tip, kept_out, order.library, names) for tip in tips),
        originals=tuple(_original(tip, file, heard, names, order) for tip, file in files),
        handovers=tuple(_step(one, names, released=released) for one in handovers),
        custody=tuple(sorted(held, key=lambda one: one.at)),
        gaps=tuple(_gaps(tips, kept_out, {one.id for one in asked if one.expected}, fields, files, names)),
    )


def _gaps(
    tips: Iterable[Tip],
    kept_out: Mapping[int, str],
    expected: set[str],
    fields: Iterable[Field],
    files: Iterable[tuple[Tip, TipFile]],
    names: _Names,
) -> Iterator[Gap]:
    yield from (Gap(kept_out[tip.id], names.tip(tip)) for tip in tips if tip.id in kept_out)
    yield from (Gap("unanswered", one.label) for one in fields if one.id in expected and not one.stated)
    yield from (Gap("type", f"{names.tip(tip)}, #{file.id}") for tip, file in files if file.quarantined == "type")


def _fields(
    asked: Iterable[Heading], claims: Iterable[Claim], chosen: Mapping[str, Chosen], names: _Names
) -> Iterator[Field]:
    """Each with its claims side by side."""
    stated: dict[str, list[Stated]] = {}
    for one in claims:
        stated.setdefault(one.field, []).append(_stated(one, names))
    for heading in asked:
        claimed = tuple(stated.get(heading.id, ()))
        yield Field(heading.id, heading.label, heading.group, chosen.get(heading.id), claimed)


async def _transcripts(db: AsyncSession, files: list[int]) -> Mapping[int, Transcript]:
    """The newest of each file."""
    finished = select(Transcript).where(Transcript.file_id.in_(files), ~Transcript.draft)
    found = await db.scalars(finished.order_by(Transcript.id))
    return {one.file_id: one for one in found}


def _kept_out(tip: Tip, ground: Ground) -> str:
    """Why nothing of a tip may be handed on, «» when it may."""
    if ground == Ground.LAW:
        return ""
    own = [one for one in tip.consents if one.role == PersonRole.WITNESS]
    if any(_stands(one) for one in own) and tip.state != TipState.WITHDRAWN:
        return ""
    return "withdrawn" if tip.state == TipState.WITHDRAWN or any(one.withdrawn_at for one in own) else "no_consent"


def _stands(consent: Any) -> bool:
    return bool(consent.given and consent.withdrawn_at is None)


def _chosen(decisions: Iterable[Decision], claims: Iterable[Claim], names: _Names) -> Mapping[str, Chosen]:
    """field -> the newest decision; one for a claim that is left out is left out."""
    known = {claim.id: claim for claim in claims}
    chosen: dict[str, Chosen] = {}
    for one in decisions:
        claim = known.get(one.claim_id or 0)
        if one.claim_id and claim is None:
            chosen.pop(one.field, None)
            continue
        words = one.words or (names.papers.shown(claim.words, claim.value) if claim else "")
        chosen[one.field] = Chosen(words, one.reason, names.who(one.staff_id), one.at)
    return chosen


def _stated(one: Claim, names: _Names) -> Stated:
    return Stated(
        words=one.words,
        value=one.value,
        said_by=one.said_by,
        source=one.source,
        sureness=one.sureness,
        tip=names.codes.get(one.tip_id or 0, ""),
        told_at=one.told_at,
        written_by=names.who(one.staff_id),
    )


def _told(tip: Tip, kept_out: Mapping[int, str], library: Library, names: _Names) -> Told:
    taken_by, at = names.who(tip.staff_id), tip.told_at
    bare = Told(names.code(tip), tip.serial or "", tip.state, tip.came_by, tip.chat.channel, taken_by, at)
    if tip.id in kept_out:
        return bare
    labels = labels_of(library, tip)
    agreed = {one.role for one in tip.consents if _stands(one)} | {PersonRole.WITNESS}
    return replace(
        bare,
        people=tuple(
            Named(one.role, one.name, one.born, one.phone, one.address, one.relation)
            for one in tip.people
            if one.role in agreed
        ),
        consents=tuple(
            Agreed(one.role, one.notice_version, one.said, one.given, one.at, one.withdrawn_at) for one in tip.consents
        ),
        answers=tuple(_answered(one, labels) for one in tip.answers),
    )


def _answered(one: TipAnswer, labels: Mapping[str, str]) -> Answered:
    label = labels.get(one.field, one.field)
    return Answered(one.field, label, one.question, one.said, one.understood, one.at, one.replaced_at is not None)


def _original(tip: Tip, file: TipFile, heard: Mapping[int, Transcript], names: _Names, order: Order) -> Original:
    gap = {FileState.WAITING: "waiting", FileState.FAILED: "failed"}.get(FileState(file.state), "")
    if file.quarantined == "sampling" and not order.with_sampling:
        gap = "sampling"
    return Original(
        id=file.id,
        tip=names.code(tip),
        name=str(file.attachment.get("name", "")),
        mime=file.mime,
        size=file.size or 0,
        sha256=file.sha256,
        kept_at=file.kept_at,
        quarantined=file.quarantined,
        gap=gap,
        transcript=heard[file.id].words if file.id in heard else "",
    )


def _step(one: Handover, names: _Names, *, released: bool) -> Step:
    """What was answered may say whose remains they are: it waits for the release."""
    words = one.words if released or one.state != HandoverState.ANSWERED else ""
    told = {"to": one.to, "state": one.state, "ground": one.ground, "ground_words": one.ground_words, "words": words}
    return Step(
        **told,
        package_sha256=one.package_sha256,
        by=names.who(one.staff_id),
        sent_at=one.sent_at,
        changed_at=one.changed_at,
    )


def _received(
    tips: Iterable[Tip], files: Iterable[tuple[Tip, TipFile]], heard: Mapping[int, Transcript], names: _Names
) -> Iterator[Held]:
    """Tips as they came, originals as they were kept, and who wrote down what is heard in them."""
    channel = names.papers.say("by_channel")
    for tip in tips:
        yield Held(tip.told_at or tip.started_at, "received", names.tip(tip), names.who(tip.staff_id, channel))
    for _, file in files:
        about = names.file(file.id, file.sha256)
        if file.kept_at:
            yield Held(file.kept_at, "kept", about, channel)
        if words := heard.get(file.id):
            yield Held(words.at, "transcribed", about, names.who(words.staff_id, words.by))


def _given(handovers: Iterable[Handover], case: Case, names: _Names) -> Iterator[Held]:
    """Sent, and then each line of its history: «2026-11-23T01:00:00Z received staff:4»."""
    for one in handovers:
        about = f"{names.case(case)} → {names.papers.say('letterhead.to', to=one.to)}"
        yield Held(one.sent_at, "handed", about, names.who(one.staff_id))
        for line in one.history.splitlines():
            at, state, who = (*line.split(" "), "", "")[:3]
            id = who.removeprefix("staff:")
            if state in list(HandoverState) and state != HandoverState.SENT:
                name = names.who(int(id)) if id.isdecimal() else ""
                yield Held(datetime.fromisoformat(at), f"step_{state}", about, name)


async def _looks(db: AsyncSession, case: Case, tips: Iterable[Tip], names: _Names) -> list[Held]:
    """Who looked; of one person's looks at the same on one day the first."""
    about = {f"tip:{tip.id}": names.tip(tip) for tip in tips} | {f"case:{case.id}": names.case(case)}
    entries = select(AuditEntry).where(AuditEntry.subject.in_(about), AuditEntry.action.in_(LOOKS))
    first: dict[tuple[Any, ...], Held] = {}
    for one in await db.scalars(entries.order_by(AuditEntry.id)):
        file = one.detail.get("file")
        what = names.file(file) if file else about[one.subject]
        key = (one.staff_id, one.action, what, one.at.astimezone(names.papers.zone).date())
        first.setdefault(key, Held(one.at, one.action, what, names.who(one.staff_id)))
    return list(first.values())
