"""What an infographic of a post shows, as plain values that can be frozen with a broadcast and drawn later."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from unicodedata import normalize

from bot import press
from bot.config import Config
from bot.library import Fact, Library, Post
from bot.messages import emphasis
from bot.posts.campaign import campaign_of
from bot.posts.figures import Shown, as_of_text, day_text, target_text
from bot.posts.rendering import Rendered

KINDS: Mapping[str, type[Any]] = {
    "target": press.Target,
    "countdown": press.Countdown,
    "question": press.Question,
    "anniversary": press.Anniversary,
    "call": press.Call,
    "trend": press.Trend,
    "ranking": press.Ranking,
    "numbers": press.Numbers,
    "timeline": press.Timeline,
    "slogan": press.Slogan,
    "steps": press.Steps,
    "rules": press.Rules,
    "clarification": press.Clarification,
    "quiz": press.Quiz,
    "deed": press.Deed,
    "bulletin": press.Bulletin,
}
"""what `picture` of a post may name"""
USUAL: Mapping[str, str] = {
    "hoi-dap": "question",
    "dinh-chinh": "clarification",
    "cau-do": "quiz",
    "slogan": "slogan",
    "ky-niem": "anniversary",
}
"""kind of a post -> its picture when one is asked for that it does not name itself; others are bulletins"""
OF_FACT = ("target", "trend")
"""pictures of the fact that `picture_fact` names"""

History = Mapping[str, Sequence[tuple[date, float]]]
"""a fact's id -> what was entered, in the order of time"""


def drawing(
    library: Library,
    facts: Mapping[str, Fact],
    post: Rendered,
    day: date,
    config: Config,
    history: History | None = None,
    *,
    always: bool = False,
) -> dict[str, Any] | None:
    """{"kind", …values} of the picture on `day`, JSON-able; None when the post names none, unless `always`."""
    kind = post.post.picture or (USUAL.get(post.post.kind, "bulletin") if always else "")
    if kind not in KINDS:
        return None
    scene = _Scene(library, facts, post, day, config, history or {})
    values: dict[str, Any] = getattr(scene, kind)()
    return {"kind": kind, "ward": config.service.unit, "qr": tip_off_page(config), **values}


def tip_off_page(config: Config) -> str:
    """Where every QR code leads."""
    return f"{config.public_url}/chat?bao-tin=1"


def charted(post: Post, facts: Mapping[str, Fact]) -> str:
    """The fact whose history the post's picture needs; «» for none."""
    goal = facts.get(post.picture_fact) if post.picture == "trend" else None
    return (goal.target.done if goal.target else goal.id) if goal else ""


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
    history: History

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
        return {
            "title": self.post.title,
            "lines": self._lines()[:6],
            "warning": self.library.texts("posts.call_warning"),
        }

    def trend(self) -> dict[str, Any]:
        goal = self.facts[self.post.post.picture_fact]
        done = self.facts[charted(self.post.post, self.facts)]
        return {
            "title": self.post.title,
            "label": done.label,
            "unit": done.unit,
            "points": [[day.isoformat(), value] for day, value in self.history.get(done.id, ())],
            "goal": goal.value if goal is not done else None,
            "source": done.source,
        }

    def ranking(self) -> dict[str, Any]:
        """Of the body's own lines «Tổ dân phố số 1: 12 phiếu»."""
        rows = [row for line in self._lines() if (row := _ROW.fullmatch(line))]
        return {
            "title": self.post.title,
            "rows": [[row[1], float(row[2].replace(".", "").replace(",", "."))] for row in rows],
            "unit": rows[0][3] if rows else "",
            "source": self.post.post.source,
        }

    def numbers(self) -> dict[str, Any]:
        """Of the figures that stand in the body."""
        texts = self.library.texts
        rows = [
            [
                str(Shown(fact, texts)),
                fact.label,
                texts("posts.figures", as_of=as_of_text(fact.as_of), source=fact.source),
            ]
            for fact in self.post.facts
        ]
        return {"title": self.post.title, "rows": rows}

    def timeline(self) -> dict[str, Any]:
        end, texts = campaign_of(self.config).end, self.library.texts
        targets = sorted((f.target.by, f.target.by_text, f.label) for f in self.facts.values() if f.target)
        marks = [*targets, (end, day_text(end), texts("posts.campaign_ends"))]
        return {
            "title": self.post.title,
            "marks": [[by_text, label, by < self.day] for by, by_text, label in marks],
            "source": self.post.post.source,
        }

    def slogan(self) -> dict[str, Any]:
        return {"words": emphasis(self.post.body)[0]}

    def steps(self) -> dict[str, Any]:
        lines = [line for line in self._lines() if not line.endswith(":")]
        return {"title": self.post.title, "steps": _as_many_as_fit(lines), "source": self.post.post.source}

    def rules(self) -> dict[str, Any]:
        """A line that begins with a word of refusal is what must not be done."""
        # Accents count here: «đứng» is not «đừng».
        never = tuple(f"{word.strip()} " for word in self.library.texts("posts.never").split(","))
        lines = _as_many_as_fit([line for line in self._lines() if not line.endswith(":")])
        donts = [line for line in lines if f"{normalize('NFC', line).lower()} ".startswith(never)]
        dos = [line for line in lines if line not in donts]
        return {"title": self.post.title, "dos": dos, "donts": donts, "source": self.post.post.source}

    def clarification(self) -> dict[str, Any]:
        said = self.post.post.line or self.post.title
        return {"said": said, "truth": _short(self.post.body, 320), "source": self.post.post.source}

    def quiz(self) -> dict[str, Any]:
        return {"question": self.post.title, "options": list(self.post.post.options)}

    def deed(self) -> dict[str, Any]:
        return {"title": self.post.title, "story": _short(self.post.body), "source": self.post.post.source}

    def bulletin(self) -> dict[str, Any]:
        return {
            "title": self.post.title,
            "words": _short(self.post.body),
            "topic": self.library.topics.get(self.post.post.topic, ""),
            "source": self.post.post.source,
        }

    def _lines(self) -> list[str]:
        return lines_of(self.post.body)


_ROW = re.compile(r"(.{1,60}?)\s*:\s*(\d{1,3}(?:\.\d{3})+|\d+(?:,\d+)?)\s*([^\d.;]*)[.;]?")


def lines_of(body: str) -> list[str]:
    """Without marks, empty lines and headings."""
    lines = (line.strip().removeprefix("– ").removeprefix("- ") for line in emphasis(body)[0].split("\n"))
    return [line for line in lines if line and not line.startswith("## ")]


def _as_many_as_fit(lines: Sequence[str]) -> list[str]:
    """Whole lines from the first on, at most five and as many letters as a picture holds."""
    kept = list[str]()
    for line in lines[:5]:
        if kept and sum(map(len, kept)) + len(line) > 420:
            break
        kept.append(_cut(line, 420))
    return kept


def _short(body: str, most: int = 420) -> str:
    """As much of it as a picture holds: whole paragraphs, at least the first, cut at a sentence if need be."""
    plain = re.sub(r"^## +", "", emphasis(body)[0], flags=re.MULTILINE)
    kept = ""
    for paragraph in plain.split("\n\n"):
        if kept and len(kept) + len(paragraph) > most - 40:
            break
        kept = f"{kept}\n\n{paragraph}".strip()
    return _cut(kept, most)


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: words.rfind(". ", 0, most) + 1] or words[: most - 3] + "…"


def unknown_picture(library: Library, post: Post) -> str | None:
    """The offending word of a post's picture, for `trian check`."""
    if post.picture and post.picture not in KINDS:
        return post.picture
    if post.picture in OF_FACT and post.picture_fact not in library.facts:
        return f"{post.picture} {post.picture_fact}".strip()
    return None
