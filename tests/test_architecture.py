"""A room knows only the rooms below it; every library stays in its room; no text for people is written in Python."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bot import HOME

FLOORS = [
    ["bot.errors", "bot.messages", "bot.when", "bot.pacer", "bot.bell", "bot.together", "bot.lunar", "bot"],
    ["bot.texts", "bot.timetable", "bot.forms", "bot.language", "bot.reading", "bot.places", "bot.wordbook"],
    ["bot.config", "bot.library", "bot.models", "bot.channels", "bot.press", "bot.db"],
    ["bot.keys", "bot.notices", "bot.media", "bot.chats", "bot.migrations", "bot.webroom", "bot.pages"],
    ["bot.installation", "bot.vault", "bot.tokens", "bot.accounts", "bot.quiet", "bot.resealing"],
    ["bot.carrying", "bot.queue", "bot.ledger", "bot.drain", "bot.outbox", "bot.staff", "bot.posts", "bot.answers"],
    ["bot.city", "bot.platforms", "bot.arrivals", "bot.forwarding", "bot.forwarders"],
    ["bot.alarms", "bot.approvers", "bot.balance"],
    ["bot.cases", "bot.router"],
    ["bot.inbox"],
    ["handlers", "scheduler", "bot.dashboard", "bot.portal"],
    ["bot.app"],
    ["bot.demo"],
    ["bot.cli"],
    ["bot.__main__"],
]
"""from the ground up; rooms of one floor may know each other, but for the four that stand side by side"""
APART = {"handlers", "scheduler", "bot.dashboard", "bot.portal"}
HOMES = {
    "telegram": ["bot/channels/"],
    "apscheduler": ["scheduler/"],
    "vnlunar": ["bot/lunar.py"],
    "typst": ["bot/press/"],
    "segno": ["bot/press/"],
    "typer": ["bot/cli/", "bot/__main__.py"],
    "bm25s": ["bot/answers/"],
    "numpy": ["bot/answers/", "bot/language/"],
    "argon2": ["bot/staff.py"],
    "alembic": ["bot/migrations/"],
    "PIL": ["bot/cases/photos.py"],
    "docx": ["bot/press/"],
    "docxtpl": ["bot/press/"],
    "xlsxwriter": ["bot/press/"],
    "pyzipper": ["bot/cases/"],
    "vietnam_address_converter": ["bot/places/"],
    "xstatic": ["bot/pages.py"],
}
VIETNAMESE = re.compile(r"[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", re.IGNORECASE)


def modules() -> Iterator[tuple[Path, str, ast.Module]]:
    for room in ("bot", "handlers", "scheduler"):
        for path in sorted((HOME / room).rglob("*.py")):
            if "versions" not in path.parts:
                name = ".".join(path.relative_to(HOME).with_suffix("").parts).removesuffix(".__init__")
                yield path.relative_to(HOME), name, ast.parse(path.read_text("utf-8"))


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def room(name: str) -> str | None:
    rooms = [r for floor in FLOORS for r in floor if name == r or name.startswith(f"{r}.")]
    return max(rooms, key=len, default=None)


def floor(name: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if name in rooms)


def test_a_room_knows_only_the_rooms_below_it() -> None:
    broken = []
    for path, name, tree in modules():
        mine = room(name)
        assert mine is not None, f"{path} belongs to no room"
        for line, imported in imports(tree):
            other = room(imported)
            if other is None or other == mine or imported.split(".")[0] not in ("bot", "handlers", "scheduler"):
                continue
            if floor(other) > floor(mine) or {mine, other} <= APART:
                broken.append(f"{path}:{line}: {mine} must not know {other}")
    assert not broken, "\n".join(broken)


def test_channels_never_know_the_database() -> None:
    broken = [
        f"{path}:{line}: {imported}"
        for path, name, tree in modules()
        if name.startswith("bot.channels")
        for line, imported in imports(tree)
        if imported.startswith(("sqlalchemy", "bot.db", "bot.models"))
    ]
    assert not broken, "\n".join(broken)


def test_each_library_stays_in_its_room() -> None:
    broken = [
        f"{path}:{line}: {imported} lives in {HOMES[library]}"
        for path, _, tree in modules()
        for line, imported in imports(tree)
        if (library := imported.split(".")[0]) in HOMES
        and not any(str(path).startswith(home) for home in HOMES[library])
    ]
    assert not broken, "\n".join(broken)


def test_no_sentence_for_people_is_written_in_python() -> None:
    """Words that are listened for are not said (when.py, reading/, search.py); config.py holds names only."""
    listening = {"bot/when.py", "bot/answers/search.py", "bot/config.py"}
    broken = []
    for path, _, tree in modules():
        if str(path) in listening or path.parent == Path("bot/reading"):
            continue
        docstrings = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        broken += [
            f"{path}:{node.lineno}: {node.value[:60]}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
            if " " in node.value.strip() and VIETNAMESE.search(node.value)
        ]
    assert not broken, "\n".join(broken)


def test_no_module_is_past_four_hundred_lines() -> None:
    lengths = {str(path): len((HOME / path).read_text("utf-8").splitlines()) for path, _, _ in modules()}
    assert {path: length for path, length in lengths.items() if length > 400} == {}
