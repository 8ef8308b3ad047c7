"""What the pages of questions and of rumours share: those who wait are pointed to an answer, written or chosen."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.answers.proposing import BODY, SOURCE, TITLE, Draft, answering_post, propose
from bot.cases.identity import says_whose
from bot.dashboard.cases import misuse
from bot.dashboard.desk import Desk
from bot.errors import Misuse
from bot.library import ANSWERING
from bot.models import PostVersion, Question, Rumour, VersionState

Waiting = Question | Rumour


async def written(
    db: AsyncSession, desk: Desk, same: Sequence[Waiting], first: Waiting, kind: str, asks: Sequence[str] = ()
) -> PostVersion:
    """What stands in the form, handed in for all of `same`. Raises Misuse; also while an earlier one waits."""
    before = await version_of(db, first)
    if before and before.state in (VersionState.SUBMITTED, VersionState.APPROVED):
        raise Misuse(desk.library.texts("questions.queue.problem.waiting"))
    draft = Draft(
        before.post_id if before else f"{kind}-{first.id}",
        kind,
        desk.field("topic"),
        desk.field("title"),
        desk.field("body").replace("\r\n", "\n"),
        desk.field("source"),
        tuple(asks),
    )
    say_not_whose(desk, f"{draft.title}\n{draft.body}")
    version = await propose(db, desk.library, desk.config, draft, desk.staff, desk.now)
    _point(desk, same, version.post_id, version.id)
    return version


def say_not_whose(desk: Desk, words: str) -> None:
    """Raises Misuse for what lets somebody think that it is known whose remains were found."""
    if says_whose(words):
        raise misuse(desk, "whose")


def chosen(desk: Desk, same: Sequence[Waiting]) -> str:
    """The id of the post chosen in the form, for all of `same`. Raises Misuse."""
    post = answering_post(desk.library, desk.field("post"))
    _point(desk, same, post.id, None)
    return post.id


def _point(desk: Desk, same: Sequence[Waiting], post_id: str, version_id: int | None) -> None:
    for one in same:
        one.post_id, one.version_id, one.staff_id = post_id, version_id, desk.staff.id


async def version_of(db: AsyncSession, one: Waiting) -> PostVersion | None:
    return await db.get(PostVersion, one.version_id) if one.version_id else None


def form_values(desk: Desk) -> dict[str, Any]:
    """For the macros of pages/dashboard/proposing.html."""
    return {
        "answering": [post for post in desk.library.posts.values() if post.kind in ANSWERING],
        "longest": {"title": TITLE[-1], "body": BODY[-1], "source": SOURCE[-1]},
    }
