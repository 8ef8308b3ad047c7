"""The front page with the Campaign's day, the page of the private conversation, and the privacy page."""

from typing import Any

from aiohttp import web

from bot.answers.rumours import CLAIM_KEPT, DRAFT_KEPT, REPORTER_KEPT
from bot.keys import CONFIG, SHELF, today
from bot.pages import PAGES
from bot.portal.posts import public_questions
from bot.posts.campaign import campaign_of


async def front(request: web.Request) -> web.Response:
    campaign, day = campaign_of(request.app[CONFIG]), today(request)
    known = {post.id: post for post in await public_questions(request)}
    ids = request.app[SHELF].library.texts("web.home.questions").split()
    values: dict[str, Any] = {
        "campaign": campaign,
        "day": campaign.day(day),
        "left": campaign.left(day),
        "questions": [known[id] for id in ids if id in known],
    }
    return request.app[PAGES].render(request, "portal/home.html", **values)


async def chat(request: web.Request) -> web.Response:
    return request.app[PAGES].render(request, "portal/chat.html", **spoken(request, "chat"))


async def privacy(request: web.Request) -> web.Response:
    kept = {"reporter": REPORTER_KEPT.days, "claim": CLAIM_KEPT.days, "draft": DRAFT_KEPT.days}
    return request.app[PAGES].render(request, "portal/privacy.html", kept=kept)


def spoken(request: web.Request, page: str) -> dict[str, Any]:
    """The sentences a script of ours says, for its data attributes."""
    texts = request.app[SHELF].library.texts
    return {"words": texts.under(f"web.{page}"), "no": texts.under("web.no")}
