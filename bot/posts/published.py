"""What has gone out to the groups, as it stands now: edited where it was edited, gone where it was taken back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Picture, as_menu, from_json
from bot.models import Broadcast, BroadcastState, Correction

OUT = (BroadcastState.PUBLISHED, BroadcastState.PAUSED, BroadcastState.STOPPED)
"""what may have reached somebody; of what was stopped only what was put right afterwards is shown"""


@dataclass(frozen=True, slots=True)
class Published:
    """`text` has `**` marks and begins with the title."""

    id: int
    """of the broadcast"""
    post_id: str
    title: str
    text: str
    at: datetime
    changed_at: datetime
    picture: Picture | None = None

    @property
    def body(self) -> str:
        return self.text.removeprefix(f"**{self.title.strip()}**").strip()


async def published(
    db: AsyncSession,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    post_id: str = "",
    most: int = 100,
) -> list[Published]:
    """Each post once, as it went out last, newest first; not what only one chat was sent."""
    chosen = select(Broadcast).where(
        Broadcast.state.in_(OUT), Broadcast.correction == "", Broadcast.target.not_like("chat:%")
    )
    if since is not None:
        chosen = chosen.where(Broadcast.due_at >= since)
    if until is not None:
        chosen = chosen.where(Broadcast.due_at < until)
    if post_id:
        chosen = chosen.where(Broadcast.post_id == post_id)
    rows = await db.scalars(chosen.order_by(Broadcast.due_at.desc(), Broadcast.id.desc()).limit(4 * most))
    newest: dict[str, Broadcast] = {}
    for row in rows:
        newest.setdefault(row.post_id, row)
    corrections = await _corrections(db, newest.values())
    shown = (_as_it_stands(row, corrections) for row in newest.values())
    return [one for one in shown if one is not None][:most]


async def _corrections(db: AsyncSession, broadcasts: Iterable[Broadcast]) -> Mapping[int, Broadcast]:
    """What corrects each, and what corrects that again."""
    found: dict[int, Broadcast] = {}
    ids: Sequence[int] = [one.id for one in broadcasts]
    while ids:
        rows = (await db.scalars(select(Broadcast).where(Broadcast.corrects_id.in_(ids)))).all()
        found |= {row.corrects_id: row for row in rows if row.corrects_id is not None}
        ids = [row.id for row in rows]
    return found


def _as_it_stands(broadcast: Broadcast, corrections: Mapping[int, Broadcast]) -> Published | None:
    message = as_menu(from_json(broadcast.message), "")
    shown = Published(
        broadcast.id,
        broadcast.post_id,
        broadcast.title,
        message.text,
        broadcast.due_at,
        broadcast.due_at,
        message.picture,
    )
    correction = corrections.get(broadcast.id)
    if correction is None:
        return None if broadcast.state == BroadcastState.STOPPED else shown
    while correction is not None:
        text = from_json(correction.message).text
        match correction.correction:
            case Correction.DELETE:
                return None
            case Correction.EDIT:
                shown = replace(shown, text=text, picture=from_json(correction.message).picture)
            case _:
                shown = replace(shown, text=f"{text}\n\n{shown.text}")
        shown = replace(shown, changed_at=correction.due_at)
        correction = corrections.get(correction.id)
    return shown
