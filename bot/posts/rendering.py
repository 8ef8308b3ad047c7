"""A post of the library as the message residents read: figures filled in, sources and their dates below."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from jinja2 import TemplateError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.errors import BotError
from bot.library import Fact, Library, Post
from bot.messages import Choice, Outgoing, Quiz, as_menu
from bot.posts.campaign import campaign_of
from bot.posts.figures import Shown, as_of_text, newest, register, target_text
from bot.texts import sandbox


class BadPost(BotError):
    """A post that cannot be rendered; the message says what is wrong in the template."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """`text` is the whole message with `**` marks; `body` without title and sources; `facts` those it used.

    Of a quiz `text` is the question with numbered options, which does not tell the answer, and `asks` the message.
    """

    post: Post
    title: str
    body: str
    text: str
    facts: tuple[Fact, ...]
    asks: Outgoing | None = None


async def rendered(db: AsyncSession, library: Library, post: Post, day: date, config: Config) -> Rendered:
    """The post as it reads on `day`. Raises BadPost."""
    return render(library, register(library, await newest(db)), post, day, config)


def render(library: Library, facts: Mapping[str, Fact], post: Post, day: date, config: Config) -> Rendered:
    """Pure: the post with these facts on that day. Raises BadPost."""
    campaign, used = campaign_of(config), dict[str, Fact]()

    def fact(id: str) -> Shown:
        used[id] = facts[id]
        return Shown(facts[id], library.texts)

    def target(id: str) -> str:
        clause = target_text(facts, id, day, library.texts)
        used[id] = facts[id]
        return clause

    try:
        body = sandbox.from_string(post.body).render(
            fact=fact,
            target=target,
            day=campaign.day(day),
            days_left=campaign.left(day),
            total_days=campaign.total,
            year=day.year,
            years_since=lambda year: day.year - year,
        )
    except (TemplateError, KeyError, TypeError, ValueError) as error:
        raise BadPost(str(error)) from error
    notes = _notes(library, post, used.values())
    if post.options and post.right is not None:
        explanation = "\n\n".join(part for part in (body.strip(), notes) if part)
        asks = _asks(library, post, Quiz(post.title.strip(), post.right, explanation), config)
        text = as_menu(asks, "").text
        return Rendered(post, post.title.strip(), body.strip(), text, tuple(used.values()), asks)
    text = "\n\n".join(part for part in (f"**{post.title.strip()}**", body.strip(), notes) if part)
    return Rendered(post, post.title.strip(), body.strip(), text, tuple(used.values()))


def _asks(library: Library, post: Post, quiz: Quiz, config: Config) -> Outgoing:
    text = library.texts("quiz.ask", question=quiz.question, service=config.service.name)
    choices = tuple(Choice(option, str(number)) for number, option in enumerate(post.options))
    return Outgoing(text, choices=choices, bulk=True, quiz=quiz)


def _notes(library: Library, post: Post, facts: Iterable[Fact]) -> str:
    """The post's source, then every figure's date and source, each once."""
    lines = [library.texts("posts.source", source=post.source.rstrip("."))] if post.source else []
    for fact in facts:
        key = "posts.figures_same_source" if fact.source == post.source else "posts.figures"
        line = library.texts(key, as_of=as_of_text(fact.as_of), source=fact.source.rstrip("."))
        if fact.as_of and line not in lines:
            lines.append(line)
    return "\n".join(lines)
