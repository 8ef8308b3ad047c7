"""A post for each picture of the press, by content/press/examples.toml: for the gallery and for measuring."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from bot.config import Config
from bot.library import Library, Post
from bot.messages import emphasis
from bot.posts.drawing import History, charted, drawing, values_of
from bot.posts.forms import Copy, sheet_of
from bot.posts.rendering import render


@dataclass(frozen=True, slots=True)
class Example:
    picture: str
    post: Post
    copy: Copy


def examples(library: Library, config: Config, day: date) -> list[Example]:
    """As they read on `day` with the figures of the library. Raises KeyError for a post that there is not."""
    rows = tomllib.loads((library.folder / "press" / "examples.toml").read_text("utf-8"))["example"]
    return [_example(library, config, day, row) for row in rows]


def _example(library: Library, config: Config, day: date, row: Mapping[str, Any]) -> Example:
    post = _post(library, row)
    shown = render(library, library.facts, post, day, config)
    past = _past(charted(post, library.facts), row.get("points", ()))
    kept = drawing(library, library.facts, shown, day, config, past) or {}
    kept |= {"source": post.source} if past else {}
    copy = Copy(values_of(kept), sheet_of(shown, config), emphasis(shown.text)[0], library.folder)
    return Example(post.picture, post, copy)


def _post(library: Library, row: Mapping[str, Any]) -> Post:
    if "post" in row:
        return replace(library.posts[row["post"]], picture=row["picture"])
    own = {key: value for key, value in row.items() if key != "points"}
    return Post(**{**own, "options": tuple(row.get("options", ()))})


def _past(fact_id: str, points: Sequence[tuple[str, float]]) -> History:
    return {fact_id: [(date.fromisoformat(day), value) for day, value in points]} if points else {}
