"""What the pages of questions and of rumours share: those who wait are pointed to an answer, written or chosen."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot import approvers
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
    if before and before.state != VersionState.WITHDRAWN:
        raise Misuse(desk.library.texts("questions.queue.problem.waiting"))
    draft = Draft(
        before.post_id if before else f"{kind}-{first.id}",
        kind,
        desk.field("topic"),
        desk.field("title"),
        desk.field("body").replace("\r\n", "\n"),
        desk.field("source"),
        _ends(desk),
        tuple(asks),
    )
    say_not_whose(desk, f"{draft.title}\n{draft.body}")
    version = await propose(db, desk.library, desk.config, draft, desk.staff, desk.now)
    if version.state == VersionState.SUBMITTED:
        await approvers.ask(db, desk.library, desk.config, version, desk.now)
    _point(desk, same, version.post_id, version.id)
    return version


def _ends(desk: Desk) -> date:
    """Raises Misuse."""
    try:
        ends = date.fromisoformat(desk.field("ends"))
    except ValueError:
        ends = date.min
    if ends < desk.today:
        raise Misuse(desk.library.texts("questions.queue.problem.ends"))
    return ends


def onward(desk: Desk, version: PostVersion, back: str, done: str) -> web.Response:
    """Back to the list; to the editor with its checklist when there is something to be weighed or mended first."""
    if version.state == VersionState.SUBMITTED:
        return desk.go(back, done=done)
    return desk.go("bien-tap", version.id, done="answer_drafted")


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
        "ends": desk.config.service.campaign_end,
        "longest": {"title": TITLE[-1], "body": BODY[-1], "source": SOURCE[-1]},
    }
