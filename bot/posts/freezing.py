"""A post as it reads on one day, frozen: text, picture's values, figures; and the hashes an approval is bound to."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.config import Config
from bot.library import Fact, Library, Post
from bot.posts.drawing import charted, drawing
from bot.posts.figures import course, newest, register
from bot.posts.rendering import BadPost, Rendered, render


@dataclass(frozen=True, slots=True)
class Frozen:
    """`picture` are the values it is drawn from, None when the post has none; `facts` the figures in both."""

    shown: Rendered
    picture: dict[str, Any] | None
    facts: dict[str, float | None]

    def sha256(self, target: str, due_at: datetime) -> str:
        """Of all that is approved with a post for one time and one target."""
        at = due_at.astimezone(UTC).isoformat()
        return hashed(_said(self.shown.post), self.shown.text, self.picture, self.facts, target, at)


async def frozen_on(db: AsyncSession, library: Library, post: Post, day: date, config: Config) -> Frozen:
    """With the figures of now. Raises BadPost."""
    facts = register(library, await newest(db))
    shown = render(library, facts, post, day, config)
    try:
        picture = drawing(library, facts, shown, day, config, await course(db, charted(post, facts)))
    except KeyError as error:
        raise BadPost(str(error)) from error
    return Frozen(shown, picture, used(facts, shown))


def used(facts: Mapping[str, Fact], shown: Rendered) -> dict[str, float | None]:
    """Those that the words or the picture name, and the results that belong to goals."""
    named = {fact.id for fact in shown.facts} | ({shown.post.picture_fact} if shown.post.picture_fact else set())
    results = {target.done for id in named if (target := facts[id].target) and target.done in facts}
    return {id: facts[id].value for id in sorted(named | results)}


def standing_sha256(post: Post) -> str:
    """Of a post approved for any time: its words name the figures, the register has their values when it is sent."""
    return hashed(_said(post))


def hashed(*parts: Any) -> str:
    """SHA-256 of values that JSON knows, dates as they are written."""
    written = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()


def _said(post: Post) -> list[Any]:
    """All of a post that reaches a reader, and for how long; not the ways in which it is asked for."""
    text = [post.kind, post.title, post.body, post.source, list(post.options), post.right]
    return [*text, post.picture, post.picture_fact, post.line, post.valid_from, post.valid_until]
