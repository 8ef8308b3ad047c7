"""Writes ../noi-dung.md: which items of the library cover which point of the plan, and what sources they name.

Run it after a change of content/: PYTHONPATH=. .venv/bin/python docs/noi-dung/make.py
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from bot import HOME
from bot.library import Library, Post, read_library

PAGE = HOME / "docs" / "noi-dung.md"
PLAN = HOME / "docs" / "noi-dung" / "ke-hoach.toml"
KINDS = {
    "hoi-dap": "hỏi – đáp",
    "thong-bao": "thông báo",
    "dinh-chinh": "đính chính tin sai",
    "cau-do": "câu đố có lời giải",
    "to-roi": "tờ rơi",
    "slogan": "khẩu hiệu",
    "ky-niem": "bài ngày kỷ niệm",
}
HEAD = """# Nội dung của thư viện và kế hoạch tuyên truyền

Trang này do `docs/noi-dung/make.py` viết từ `content/` và `docs/noi-dung/ke-hoach.toml`; xin đừng sửa tay.
"""


@cache
def _plan() -> dict[str, Any]:
    return tomllib.loads(PLAN.read_text("utf-8"))


def points() -> list[dict[str, Any]]:
    return list(_plan()["point"])


def of_point(point: Mapping[str, Any], library: Library) -> list[str]:
    """The ids of the items that cover the point, each once. An id that is not in the library is kept, to be seen."""
    posts = items(library)
    by_topic = [p.id for topic in point.get("topics", ()) for p in posts if p.topic == topic]
    by_kind = [p.id for kind in point.get("kinds", ()) for p in posts if p.kind == kind]
    return list(dict.fromkeys([*point.get("ids", ()), *by_topic, *by_kind]))


def items(library: Library) -> list[Post]:
    """All posts; of an anniversary only the day itself, which stands for its reminders."""
    return [p for p in library.posts.values() if p.anniversary is None or p.id == p.anniversary.id]


def named(source: str) -> list[str]:
    """The documents known to ke-hoach.toml that a source names."""
    return [document for document in _plan()["documents"] if document.casefold() in source.casefold()]


def page(library: Library) -> str:
    return "\n".join([HEAD, *_counts(library), *_coverage(library), *_sources(library)])


def _counts(library: Library) -> Iterator[str]:
    kinds = Counter(post.kind for post in library.posts.values())
    yield "## Có bao nhiêu bài\n\n| loại | số bài |\n|---|---:|"
    yield from (f"| {name} | {kinds[kind]} |" for kind, name in KINDS.items())
    yield f"\nCó {len(library.anniversaries)} ngày kỷ niệm: bài cho đúng ngày, hôm trước và mấy ngày trước đó.\n"


def _coverage(library: Library) -> Iterator[str]:
    yield "## Mỗi ý của kế hoạch được những bài nào nói tới\n"
    yield "| mục | ý của kế hoạch | số bài | bài |\n|---|---|---:|---|"
    for point in points():
        ids = of_point(point, library)
        yield f"| {point['number']} | {point['words']} | {len(ids)} | {', '.join(f'`{id}`' for id in ids)} |"
    yield ""


def _sources(library: Library) -> Iterator[str]:
    counted = Counter(name for post in items(library) for name in named(post.source))
    yield "## Bao nhiêu bài dẫn mỗi nguồn\n\n| nguồn | số bài |\n|---|---:|"
    yield from (f"| {name} | {count} |" for name, count in sorted(counted.items(), key=lambda one: (-one[1], one[0])))
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(read_library(HOME / "content")), "utf-8")
