"""What is wrong with a post before anybody reads it: templates, unknown or unverified facts, sources, length."""

import re
from collections.abc import Iterator
from datetime import date

from bot.config import Config
from bot.library import Library, Post, Problem
from bot.messages import emphasis, utf16
from bot.posts.drawing import unknown_picture
from bot.posts.rendering import BadPost, Rendered, render

LONGEST = 2000
"""UTF-16 units: what the narrowest channel carries in one message"""

QUESTION, OPTION, EXPLANATION = 300, 100, 200
"""UTF-16 units: what a quiz poll of Telegram holds; a longer question goes as words, a longer explanation is cut"""

_FIGURE = re.compile(r"\b\d{1,3}(?:\.\d{3})+\b")
"""a number with thousands, typed by hand"""


def check_posts(library: Library, config: Config, today: date) -> Iterator[Problem]:
    """All mistakes in posts, anniversaries and slogans, with their file and line."""
    for post in library.posts.values():
        file, line = library.places.get(post.id, ("posts", 1))
        for key, words in _mistakes(library, config, today, post):
            yield Problem(file, line, library.texts(f"problems.{key}", id=post.id, **words))


def _mistakes(library: Library, config: Config, today: date, post: Post) -> Iterator[tuple[str, dict[str, object]]]:
    if not post.source.strip():
        yield "no_source", {}
    if words := unknown_picture(library, post):
        yield "unknown_picture", {"what": words}
    if figure := _FIGURE.search(re.sub(r"{{.*?}}", "", post.body)):
        yield "typed_figure", {"what": figure[0]}
    try:
        shown = render(library, library.facts, post, today, config)
    except BadPost as error:
        yield "bad_template", {"words": str(error)}
        return
    if (length := utf16(shown.text)) > LONGEST:
        yield "too_long", {"length": length, "limit": LONGEST}
    if shown.asks and (what := _too_long_for_a_poll(library, shown)):
        yield "no_poll", {"what": what}
    for fact in shown.facts:
        if fact.standing != "V":
            yield "unverified_fact", {"what": fact.id}
        if fact.valid_until and fact.valid_until < today:
            yield "stale_fact", {"what": fact.id}


def _too_long_for_a_poll(library: Library, shown: Rendered) -> str:
    """Which part of a quiz, in words; «» when all of it fits."""
    lengths = {
        "question": utf16(shown.title) - QUESTION,
        "option": max(utf16(option) for option in shown.post.options) - OPTION,
        "explanation": utf16(emphasis(shown.body)[0]) - EXPLANATION,
    }
    return next((library.texts(f"problems.poll.{part}") for part, over in lengths.items() if over > 0), "")
