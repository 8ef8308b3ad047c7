"""Drafts of the staff: begun from nothing or from a post, changed by their writer, submitted, taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import staff as rights
from bot.config import Config
from bot.errors import Misuse
from bot.library import Library, Post
from bot.models import Origin, PostVersion, Staff, Step, VersionState
from bot.posts.checklist import checklist
from bot.posts.versions import FIELDS, move, note, number_of_next, post_of, version_of
from bot.staff import Act

KINDS = (
    "thong-bao",
    "hoi-dap",
    "infographic",
    "ky-niem",
    "guong-dien-hinh",
    "dinh-chinh",
    "cau-do",
    "slogan",
    "sinh-hoat",
)
LONGEST: Mapping[str, int] = {"title": 200, "source": 500, "line": 300}
"""characters of the short fields"""
LONGEST_BODY = 8000
OPEN = (VersionState.DRAFT, VersionState.RETURNED)
"""states in which its writer may change it"""


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the fields of the editor. `standing`: for any time; else for `target` at `due_at`.

    Of a model person the post names his permission, or says that it shows `nobody` who really is.
    """

    kind: str = "thong-bao"
    topic: str = ""
    title: str = ""
    body: str = ""
    source: str = ""
    picture: str = ""
    picture_fact: str = ""
    line: str = ""
    asks: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    right: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    standing: bool = False
    target: str = ""
    due_at: datetime | None = None
    permission_id: int | None = None
    nobody: bool = False

    @property
    def more(self) -> dict[str, Any]:
        nobody = {"nobody": True} if self.nobody else {}
        return {"asks": [*self.asks], "options": [*self.options], "right": self.right, **nobody}


IN_MORE = ("asks", "options", "right", "nobody")
"""fields that PostVersion keeps in `more`"""


def written_in(version: PostVersion) -> Written:
    """What the fields hold when the editor opens."""
    post = post_of(version)
    values = {name: getattr(post, name) for name in FIELDS} | {
        name: getattr(post, name) for name in ("asks", "options", "right")
    }
    for name in ("standing", "target", "due_at", "permission_id"):
        values[name] = getattr(version, name)
    return Written(**values, nobody=bool(version.more.get("nobody")))


async def begin(
    db: AsyncSession, library: Library, staff: Staff, now: datetime, *, kind: str = "", post: Post | None = None
) -> PostVersion:
    """An empty draft of this `kind`, or the next version of `post`. Raises Misuse."""
    check_right(library, staff, Act.WRITE)
    if post is None and kind not in KINDS:
        raise Misuse(library.texts("editor.misuse.kind"))
    if post is None:
        newest = await db.scalar(select(func.max(PostVersion.id))) or 0
        post = Post(f"bai-{newest + 1}", kind, "", "", "")
    version = version_of(post, await number_of_next(db, post.id), now)
    version.origin, version.state, version.sha256 = Origin.STAFF, VersionState.DRAFT, ""
    version.standing = post.id in library.posts or kind in ("hoi-dap", "cau-do", "slogan")
    version.writer_id, version.unit_id = staff.id, staff.unit_id
    db.add(version)
    await db.flush()
    await note(db, version, Step.WRITTEN, staff, now)
    return version


async def write(
    db: AsyncSession,
    library: Library,
    version: PostVersion,
    written: Written,
    staff: Staff,
    revision: int,
    now: datetime,
) -> None:
    """Put what was written into the draft. `revision`: that which the writer saw. Raises Misuse."""
    check_writer(library, version, staff)
    if revision != version.revision:
        raise Misuse(library.texts("editor.misuse.conflict"))
    _check_written(library, version, written)
    for field in fields(Written):
        if field.name not in IN_MORE:
            setattr(version, field.name, getattr(written, field.name))
    version.more = written.more
    version.revision += 1
    version.changed_at = now
    await db.flush()


def _check_written(library: Library, version: PostVersion, written: Written) -> None:
    if written.kind not in (*KINDS, version.kind):
        raise Misuse(library.texts("editor.misuse.kind"))
    if len(written.body) > LONGEST_BODY:
        raise Misuse(library.texts("editor.misuse.body", most=LONGEST_BODY))
    for name, most in LONGEST.items():
        if len(getattr(written, name)) > most:
            field = library.texts(f"editor.field.{name}")
            raise Misuse(library.texts("editor.misuse.short", field=field, most=most))


async def submit(
    db: AsyncSession,
    library: Library,
    config: Config,
    version: PostVersion,
    staff: Staff,
    now: datetime,
    *,
    looked: bool = False,
) -> None:
    """Ask for approval. `looked`: the writer has seen what the checklist wants weighed. Raises Misuse."""
    check_writer(library, version, staff)
    findings = await checklist(db, library, config, version, now)
    if stops := sum(1 for one in findings if one.stops):
        raise Misuse(library.texts("editor.misuse.stops", number=stops))
    if findings and not looked:
        raise Misuse(library.texts("editor.misuse.unticked"))
    await move(db, version, VersionState.SUBMITTED, Step.SUBMITTED, staff, now)
    await rights.audit(db, staff, "submit_post", f"version:{version.id}", now)


async def take_back(db: AsyncSession, library: Library, version: PostVersion, staff: Staff, now: datetime) -> None:
    """Its writer wants to change what he has submitted. Raises Misuse."""
    check_right(library, staff, Act.WRITE)
    if version.writer_id != staff.id:
        raise Misuse(library.texts("editor.misuse.not_yours"))
    if version.state != VersionState.SUBMITTED:
        raise Misuse(library.texts("editor.misuse.not_submitted"))
    await move(db, version, VersionState.DRAFT, Step.WRITTEN, staff, now)


def check_writer(library: Library, version: PostVersion, staff: Staff) -> None:
    """Raises Misuse unless it is a draft of this very person."""
    check_right(library, staff, Act.WRITE)
    if version.writer_id != staff.id:
        raise Misuse(library.texts("editor.misuse.not_yours"))
    if version.state not in OPEN or version.corrects_id is not None:
        raise Misuse(library.texts("editor.misuse.not_draft"))


def check_right(library: Library, staff: Staff, act: Act) -> None:
    """Raises Misuse."""
    if not rights.may(staff, act):
        raise Misuse(library.texts("editor.misuse.no_right"))
