"""What an infographic of a post shows, as plain values that can be frozen with a broadcast and drawn later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot import press
from bot.config import Config
from bot.library import Fact, Library, Post
from bot.messages import emphasis
from bot.posts.campaign import campaign_of
from bot.posts.figures import as_of_text, day_text, target_text
from bot.posts.rendering import Rendered

KINDS: Mapping[str, type[Any]] = {
    "target": press.Target,
    "countdown": press.Countdown,
    "question": press.Question,
    "anniversary": press.Anniversary,
    "call": press.Call,
}
"""what `picture` of a post may name"""


def drawing(
    library: Library, facts: Mapping[str, Fact], post: Rendered, day: date, config: Config
) -> dict[str, Any] | None:
    """{"kind", …values} of the picture on `day`; None when the post has none. JSON-able."""
    kind = post.post.picture
    if kind not in KINDS:
        return None
    scene = _Scene(library, facts, post, day, config)
    values: dict[str, Any] = getattr(scene, kind)()
    return {"kind": kind, "ward": config.service.unit, "qr": f"{config.public_url}/chat?bao-tin=1", **values}


def values_of(kept: Mapping[str, Any]) -> Any:
    """The press value of a frozen drawing. Raises TypeError or KeyError when it was made by another version."""
    values = {key: _tuples(value) for key, value in kept.items() if key != "kind"}
    return KINDS[kept["kind"]](**values)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a picture is made from; one method a kind, named as in KINDS."""

    library: Library
    facts: Mapping[str, Fact]
    post: Rendered
    day: date
    config: Config

    def target(self) -> dict[str, Any]:
        goal = self.facts[self.post.post.picture_fact]
        done = self.facts.get(goal.target.done) if goal.target else None
        shown = done if done and done.value is not None else goal
        return {
            "title": self.post.title,
            "label": goal.label,
            "goal": goal.value,
            "about": goal.about,
            "done": done.value if done else None,
            "unit": goal.unit,
            "deadline": goal.target.by_text if goal.target else "",
            "standing": target_text(self.facts, goal.id, self.day, self.library.texts),
            "as_of": as_of_text(shown.as_of),
            "source": shown.source,
        }

    def countdown(self) -> dict[str, Any]:
        campaign = campaign_of(self.config)
        targets = sorted((f.target.by, f.target.by_text, f.label) for f in self.facts.values() if f.target)
        return {
            "day": campaign.day(self.day),
            "total": campaign.total,
            "left": campaign.left(self.day),
            "end": day_text(campaign.end),
            "milestones": [[by_text, label, by < self.day] for by, by_text, label in targets],
        }

    def question(self) -> dict[str, Any]:
        return {
            "question": self.post.title,
            "answer": _short(self.post.body),
            "topic": self.library.topics.get(self.post.post.topic, ""),
            "source": self.post.post.source,
        }

    def anniversary(self) -> dict[str, Any]:
        about = self.post.post.anniversary
        kind, number, month = about.rule if about else ("solar", self.day.day, self.day.month)
        since = about.since if about else None
        return {
            "day": f"{number}/{month}" if kind == "solar" else f"{self.day.day}/{self.day.month}",
            "name": about.name if about else self.post.title,
            "line": self.post.post.line,
            "years": self.day.year - since if since else None,
            "lunar": f"{number}/{month}" if kind == "lunar" else None,
        }

    def call(self) -> dict[str, Any]:
        lines = [line for line in self.post.body.split("\n") if line.strip()]
        return {
            "title": self.post.title,
            "lines": [emphasis(line)[0] for line in lines[:6]],
            "warning": self.library.texts("posts.call_warning"),
        }


def _short(body: str) -> str:
    """As much of the answer as a picture holds: whole paragraphs, at least the first, cut at a sentence if need be."""
    plain = emphasis(body)[0]
    paragraphs, kept = plain.split("\n\n"), ""
    for paragraph in paragraphs:
        if kept and len(kept) + len(paragraph) > 380:
            break
        kept = f"{kept}\n\n{paragraph}".strip()
    return kept if len(kept) <= 420 else kept[: kept.rfind(". ", 0, 420) + 1] or kept[:417] + "…"


def unknown_picture(library: Library, post: Post) -> str | None:
    """The offending word of a post's picture, for `trian check`."""
    if post.picture and post.picture not in KINDS:
        return post.picture
    if post.picture == "target" and post.picture_fact not in library.facts:
        return f"target {post.picture_fact}".strip()
    return None
