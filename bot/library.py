"""content/ read into values that never change: posts, facts, anniversaries, schedule; mistakes become Problems.

How a post becomes a message, with its figures, is rendering.py; the tip-off's form is forms.py.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from pathlib import Path
from typing import Any

from bot import HOME
from bot.forms import Form, form_mistakes, read_form
from bot.language import EMERGENCIES, Lexicon, clashes, read_lexicon
from bot.texts import Texts, read_texts
from bot.timetable import Entry, Schedule, Series, entry_of, of_unit, rest_of
from bot.wordbook import Wordbook, read_wordbook

ANSWERING = ("hoi-dap", "dinh-chinh")
"""kinds of posts that are given as answers: questions, and clarifications of what is falsely said"""
APART = ("cau-do", "to-roi")
"""kinds that no topic's series sends: quizzes have a series of their own, leaflets are printed"""


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a file of content/, told in Vietnamese."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Target:
    """A goal with its date; `done` is the id of the fact that holds the result."""

    by: date
    by_text: str
    done: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure of the register. `value` None: entered by staff. `as_of`: «2026», «2026-05» or «2026-05-27»."""

    id: str
    label: str
    unit: str
    source: str
    value: float | None = None
    as_of: str = ""
    about: bool = False
    more_than: bool = False
    standing: str = "V"
    valid_until: date | None = None
    target: Target | None = None
    entered: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """Something to publish. `body` is a jinja2 template; kinds of ANSWERING answer questions too."""

    id: str
    kind: str
    title: str
    body: str
    source: str
    topic: str = ""
    asks: tuple[str, ...] = ()
    picture: str = ""
    picture_fact: str = ""
    line: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    standing: str = "V"
    confirm_each_year: bool = False
    anniversary: "Anniversary | None" = None
    options: tuple[str, ...] = ()
    """of a quiz (kind «cau-do»): what one may answer; `body` explains the right one"""
    right: int | None = None
    """the right option, from 0"""

    @property
    def held(self) -> bool:
        """Must be confirmed by a named member of staff before it goes out."""
        return self.standing != "V" or self.confirm_each_year

    @property
    def text_sha256(self) -> str:
        parts = [self.title, self.body, self.source]
        if self.options:
            parts += [*self.options, str(self.right)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def valid_on(self, day: date) -> bool:
        return (self.valid_from or day) <= day <= (self.valid_until or day)


@dataclass(frozen=True, slots=True)
class Anniversary:
    """A day of every year: `rule` is ("solar"|"lunar", day, month) or ("term", 0, 0) for Thanh minh."""

    id: str
    name: str
    rule: tuple[str, int, int]
    since: int | None = None
    before: tuple[int, ...] = ()
    """days before on which the post «ID-truoc-N» goes out"""


@dataclass(frozen=True, slots=True)
class Library:
    """Everything of content/ at one moment."""

    texts: Texts
    topics: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    posts: Mapping[str, Post] = field(default_factory=dict)
    anniversaries: Mapping[str, Anniversary] = field(default_factory=dict)
    schedule: Schedule = field(default_factory=Schedule)
    forms: Mapping[str, Form] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """post -> its file and line"""
    folder: Path = Path("content")
    wordbook: Wordbook = field(default_factory=Wordbook)
    lexicon: Lexicon = field(default_factory=Lexicon)
    emergencies: "Emergencies" = field(default_factory=lambda: Emergencies())


@dataclass(frozen=True, slots=True)
class Emergencies:
    """What is said at once when somebody is in danger, and who of the Military Command has approved it."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """by the emergency's name in bot/language/acts.py: a template, with the telephones of [contact]"""
    cautions: Mapping[str, str] = field(default_factory=dict)
    """the same for what may be one"""
    approved_by: str = ""
    approved_on: date | None = None


def unapproved(library: Library) -> str:
    """The sentence that tells staff that nobody has approved what is said in an emergency; «» when somebody has."""
    return "" if library.emergencies.approved_by.strip() else library.texts("emergencies.unapproved")


def read_library(folder: Path) -> Library:
    """The library in `folder`. What is wrong is left out and told in `problems`."""
    mistakes = list[tuple[str, str]]()
    reader = _Reader(folder, read_texts(folder / "texts", lambda file, words: mistakes.append((file, words))))
    for file, words in mistakes:
        reader.problem(f"texts/{file}", "", "bad_text", words=words)
    topics = {id: str(t.get("name", id)) for id, t in reader.toml("topics.toml").items()}
    facts = {fact.id: fact for fact in reader.facts()}
    anniversaries = reader.anniversaries()
    posts = reader.unique(
        [*reader.posts(topics), *anniversaries, *reader.slogans(), *reader.quizzes(), *reader.leaflets()]
    )
    days = {p.anniversary.id: p.anniversary for p in anniversaries if p.anniversary}
    schedule = reader.schedules(posts, days)
    library = Library(reader.texts, topics, facts, posts, days, schedule, reader.forms(), folder=folder)
    book = reader.wordbook()
    read = replace(library, wordbook=book, lexicon=reader.lexicon(book), emergencies=reader.emergencies())
    return replace(read, problems=tuple(reader.problems), places=reader.places)


@dataclass
class _Reader:
    folder: Path
    texts: Texts
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    _sources: dict[str, str] = field(default_factory=dict)

    def toml(self, name: str) -> dict[str, Any]:
        try:
            self._sources[name] = (self.folder / name).read_text("utf-8")
            return tomllib.loads(self._sources[name])
        except tomllib.TOMLDecodeError as error:
            self.problems.append(Problem(name, 1, self.texts("problems.not_toml", words=str(error))))
        except OSError:
            self.problems.append(Problem(name, 1, self.texts("problems.missing")))
        return {}

    def problem(self, file: str, id: str, key: str, /, **values: Any) -> None:
        self.problems.append(Problem(file, self.line(file, id), self.texts(f"problems.{key}", id=id, **values)))

    def line(self, file: str, id: str) -> int:
        marks = (f'"{id}"', f"[{id}]", f"'{id}'")
        lines = self._sources.get(file, "").splitlines()
        return next((n for n, line in enumerate(lines, 1) if id and any(mark in line for mark in marks)), 1)

    def items(self, file: str, key: str, make: Callable[[dict[str, Any]], Any]) -> Iterator[Any]:
        """Each [[key]] of the file made into a value; one that cannot be made is a Problem."""
        for row in self.toml(file).get(key, []):
            try:
                made = make(dict(row))
                id = str(row.get("id", ""))
                self.places[id] = (file, self.line(file, id))
                yield made
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                word = str(error).strip("'") if isinstance(error, KeyError) else str(error)
                self.problem(file, str(row.get("id", "")), "bad_item", words=word)

    def facts(self) -> Iterator[Fact]:
        for id, row in self.toml("facts.toml").items():
            try:
                target = Target(**row["target"]) if "target" in row else None
                yield Fact(id=id, **{**row, "target": target})
            except (TypeError, ValueError) as error:
                self.problem("facts.toml", id, "bad_item", words=str(error))

    def posts(self, topics: Mapping[str, str]) -> Iterator[Post]:
        for path in sorted((self.folder / "posts").glob("*.toml")):
            file = f"posts/{path.name}"
            for post in self.items(file, "post", lambda row: Post(**{**row, "asks": tuple(row.get("asks", ()))})):
                if post.topic not in topics:
                    self.problem(file, post.id, "unknown_topic", topic=post.topic)
                yield post

    def anniversaries(self) -> list[Post]:
        return [post for posts in self.items("anniversaries.toml", "anniversary", _anniversary) for post in posts]

    def slogans(self) -> Iterator[Post]:
        yield from self.items(
            "slogans.toml",
            "slogan",
            lambda row: Post(row["id"], "slogan", self.texts("posts.slogan_title"), row["text"], row["source"]),
        )

    def quizzes(self) -> Iterator[Post]:
        """quizzes.toml, where there is one."""
        yield from self.items("quizzes.toml", "quiz", _quiz) if (self.folder / "quizzes.toml").exists() else ()

    def leaflets(self) -> Iterator[Post]:
        """leaflets.toml, where there is one: what is printed; «## » begins a part of the body."""
        if (self.folder / "leaflets.toml").exists():
            yield from self.items("leaflets.toml", "leaflet", lambda row: Post(**{**row, "kind": "to-roi"}))

    def wordbook(self) -> Wordbook:
        """answers.toml; ours where a folder has none or one that cannot be used."""
        if (self.folder / "answers.toml").exists() and (table := self.toml("answers.toml")):
            try:
                return read_wordbook(table)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self.problem("answers.toml", "", "bad_item", words=str(error))
        return read_wordbook(tomllib.loads((HOME / "content" / "answers.toml").read_text("utf-8")))

    def lexicon(self, book: Wordbook) -> Lexicon:
        """lexicon/; ours where a folder has none or one that cannot be used."""
        if (folder := self.folder / "lexicon").is_dir():
            try:
                lexicon = read_lexicon(folder, book.short)
            except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
                self.problem("lexicon/acts.toml", "", "bad_item", words=str(error))
            else:
                for words, act, other in clashes(lexicon):
                    self.problem("lexicon/acts.toml", words, "clash", act=act, other=other)
                return lexicon
        return read_lexicon(HOME / "content" / "lexicon", book.short)

    def emergencies(self) -> Emergencies:
        """emergencies.toml; for what it lacks, ours."""
        ours = tomllib.loads((HOME / "content" / "emergencies.toml").read_text("utf-8"))
        table = self.toml("emergencies.toml") if (self.folder / "emergencies.toml").exists() else ours
        said = dict[str, dict[str, str]]()
        for part in ("text", "perhaps"):
            for name in EMERGENCIES:
                if not isinstance(table.get(part, {}).get(name), str):
                    self.problem("emergencies.toml", f"{part}.{name}", "missing_text")
            said[part] = {str(name): str(table.get(part, {}).get(name) or ours[part][name]) for name in EMERGENCIES}
        return Emergencies(said["text"], said["perhaps"], str(table.get("approved_by", "")), table.get("approved_on"))

    def unique(self, posts: list[Post]) -> dict[str, Post]:
        known: dict[str, Post] = {}
        for post in posts:
            if post.id in known:
                self.problem(f"posts/{post.topic}.toml", post.id, "twice")
            known[post.id] = post
        return known

    def schedules(self, posts: Mapping[str, Post], days: Mapping[str, Anniversary]) -> Schedule:
        """schedule.toml, and behind it schedules/CODE.toml: what the unit CODE sends besides, to its own groups."""
        whole = self.schedule("schedule.toml", posts, days)
        for path in sorted((self.folder / "schedules").glob("*.toml")):
            own = self.schedule(f"schedules/{path.name}", posts, days, path.stem)
            whole = replace(whole, entries=whole.entries + own.entries, series={**whole.series, **own.series})
        return whole

    def schedule(
        self, file: str, posts: Mapping[str, Post], days: Mapping[str, Anniversary], unit: str = ""
    ) -> Schedule:
        """The ids of a unit's own entries and series begin with its code, so that no two units hinder each other."""
        table = self.toml(file)
        default = table.get("max_lateness", "4h")
        series = {s.id: s for s in self.items(file, "series", lambda row: _series(of_unit(row, unit), posts))}
        entries: list[Entry] = []
        for entry in self.items(file, "entry", lambda row: replace(entry_of(of_unit(row, unit), default), file=file)):
            kinds = {"post": posts, "series": series, "anniversary": days}
            for kind, known in kinds.items():
                if (id := getattr(entry, kind)) and id not in known:
                    self.problem(file, entry.id, f"unknown_{kind}", what=id)
                    break
            else:
                written = entry.id.rpartition("/")[2]
                if any(entry.id == other.id for other in entries):
                    self.problem(file, written, "twice")
                    continue
                entries.append(replace(entry, line=self.line(file, written)))
        for one in series.values():
            for id in one.posts:
                if id not in posts:
                    self.problem(file, one.id, "unknown_post", what=id)
        try:
            start, end = (time.fromisoformat(hour) for hour in table.get("quiet", ("21:00", "06:30")))
        except (ValueError, TypeError) as error:
            self.problem(file, "quiet", "bad_item", words=str(error))
            start, end = time(21), time(6, 30)
        rests = self.items(file, "rest", rest_of)
        return Schedule((start, end), tuple(entries), series, tuple(rests))

    def forms(self) -> dict[str, Form]:
        forms = {}
        for path in sorted((self.folder / "forms").glob("*.toml")):
            file = f"forms/{path.name}"
            try:
                forms[path.stem] = read_form(path)
            except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
                self.problem(file, "", "bad_item", words=str(error))
                continue
            self._sources[file] = path.read_text("utf-8")
            for id, words in form_mistakes(forms[path.stem]):
                self.problem(file, id, "bad_form", words=words)
        return forms


def _series(row: dict[str, Any], posts: Mapping[str, Post]) -> Series:
    kinds, topics = {row.get("kind")} - {None}, row.get("topics", ())
    told = [p for p in posts.values() if p.anniversary is None and p.kind not in APART]
    by_topic = [p.id for topic in topics for p in told if p.topic == topic]
    by_kind = [p.id for p in posts.values() if p.kind in kinds]
    return Series(row["id"], (*row.get("posts", ()), *by_topic, *by_kind))


def _quiz(row: dict[str, Any]) -> Post:
    post = Post(**{**row, "kind": "cau-do", "options": tuple(row["options"])})
    if not 2 <= len(set(post.options)) == len(post.options) <= 10 or post.right not in range(len(post.options)):
        raise ValueError("options, right")
    return post


def _anniversary(row: dict[str, Any]) -> list[Post]:
    """The post of the day itself, then one for each reminder before it, «ID-truoc-N»."""
    before = row.pop("before", [])
    kinds = [kind for kind in ("solar", "lunar", "term") if kind in row]
    if len(kinds) != 1:
        raise ValueError("solar | lunar | term")
    written = str(row.pop(kinds[0]))
    day, month = (int(part) for part in written.split("/")) if kinds[0] != "term" else (0, 0)
    id, name, since = row.pop("id"), row.pop("name"), row.pop("since", None)
    about = Anniversary(id, name, (kinds[0], day, month), since, tuple(int(b["days"]) for b in before))
    post = Post(id=id, kind="ky-niem", topic="ky-niem", anniversary=about, **row)
    reminders = [
        replace(post, id=f"{id}-truoc-{b['days']}", body=b["body"], title=b.get("title", post.title), picture="")
        for b in before
    ]
    return [post, *reminders]
