"""Questions and answers: the list by topic with a filter that knows no accents, and each answer with its sources."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.keys import CONFIG, DATABASE, SHELF, today
from bot.library import Post
from bot.messages import emphasis, fold
from bot.pages import PAGES
from bot.posts.broadcasts import confirmed
from bot.posts.rendering import BadPost, Rendered, rendered

KIND = "hoi-dap"
NEIGHBOURS = 5
DESCRIPTION = 200
"""characters of the text that a link shows elsewhere"""


@dataclass(frozen=True, slots=True)
class Link:
    """What other sites show of a page (Open Graph): absolute addresses, plain words."""

    title: str
    description: str
    url: str
    picture: str


@dataclass(frozen=True, slots=True)
class Topic:
    id: str
    name: str
    posts: tuple[Post, ...]


async def all_questions(request: web.Request) -> web.Response:
    asked = request.query.get("q", "").strip()[:200]
    topics = by_topic(request, found(await public_questions(request), asked))
    return request.app[PAGES].render(
        request,
        "portal/questions.html",
        asked=asked,
        topics=topics,
        opened=request.query.get("chu-de", ""),
        count=sum(len(topic.posts) for topic in topics),
    )


async def one_question(request: web.Request) -> web.Response:
    known = await public_questions(request)
    post = next((post for post in known if post.id == request.match_info["id"]), None)
    if post is None:
        raise web.HTTPNotFound
    answer = await _rendered(request, post)
    topic = next((topic for topic in by_topic(request, known) if topic.id == post.topic), None)
    others = [other for other in topic.posts if other is not post] if topic else []
    return request.app[PAGES].render(
        request,
        "portal/question.html",
        title=answer.title,
        body=answer.body,
        notes=answer.text.split(answer.body, 1)[-1].strip(),
        topic=topic,
        others=others[:NEIGHBOURS],
        shared=link(request, f"/hoi-dap/{post.id}", answer.title, answer.body, post.id),
    )


def link(request: web.Request, path: str, title: str, text: str, id: str) -> Link:
    """What a page at `path` about the post `id` shows elsewhere."""
    public = request.app[CONFIG].public_url
    words = " ".join(emphasis(text)[0].split())
    short = words if len(words) <= DESCRIPTION else words[: words.rfind(" ", 0, DESCRIPTION)] + "…"
    return Link(title, short, f"{public}{path}", f"{public}/tin/{id}/the.png")


async def public_questions(request: web.Request) -> list[Post]:
    """Those that may be shown today: in their time, and where they are held, released by name."""
    day = today(request)
    posts = [p for p in request.app[SHELF].library.posts.values() if p.kind == KIND and p.valid_on(day)]
    async with request.app[DATABASE].read() as db:
        return [post for post in posts if not post.held or await confirmed(db, post, day)]


def found(posts: Sequence[Post], asked: str) -> list[Post]:
    """The posts with every word of `asked` in the ways they are asked, or else in the answer; accents do not matter."""
    words = [f" {word}" for word in fold(asked).split()]
    asking = [post for post in posts if _holds(" ".join((post.title, *post.asks)), words)]
    return asking or [post for post in posts if _holds(f"{post.title} {post.body}", words)]


def _holds(written: str, words: Sequence[str]) -> bool:
    """Does each word begin a word of what is written?"""
    folded = " " + fold(written)
    return all(word in folded for word in words)


def by_topic(request: web.Request, posts: Sequence[Post]) -> list[Topic]:
    """Topics in the library's order, without the empty ones."""
    names = request.app[SHELF].library.topics
    topics = (Topic(id, name, tuple(post for post in posts if post.topic == id)) for id, name in names.items())
    return [topic for topic in topics if topic.posts]


async def _rendered(request: web.Request, post: Post) -> Rendered:
    try:
        async with request.app[DATABASE].read() as db:
            return await rendered(db, request.app[SHELF].library, post, today(request), request.app[CONFIG])
    except BadPost:
        # Staff see the mistake on the Problems page; the public sees no half-filled sentence.
        raise web.HTTPNotFound from None
