"""What the press is given and what it gives back. All values are plain, so a picture can be frozen and drawn later."""

from dataclasses import dataclass

from bot.errors import BotError


class PressError(BotError):
    """A picture could not be drawn; the message says why, in words fit for the staff's Problems page."""


class TooLong(PressError):
    """The text does not fit at the smallest size old eyes can read."""


@dataclass(frozen=True, slots=True)
class Infographic:
    png: bytes
    alt: str
    """the picture told in whole Vietnamese sentences"""
    width: int
    """pixels"""
    height: int
    """pixels"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """What every picture carries besides the fixed lines of content/texts/press.toml."""

    ward: str
    """«Phường Trần Nhân Tông, TP Hải Phòng»"""
    qr: str
    """address of the tip-off page; at most 2,331 bytes of it fit a QR code"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target(Framed):
    """A goal with its figure, or honestly without one."""

    title: str
    label: str
    goal: float
    done: float | None
    """None: nobody has reported a figure yet"""
    unit: str
    deadline: str
    """«28/8/2026» or «tháng 3/2027»"""
    standing: str
    """the clause on the deadline, without a full stop: «đã hết hạn ngày 28/8/2026 – kết quả: …»"""
    as_of: str
    """«10/9/2026», «9/2026» or «2026»; may be empty"""
    source: str
    about: bool = False
    """the goal is «khoảng 45», not 45"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Countdown(Framed):
    """Day `day` of `total`. With `left` at 0 or less the Campaign is over; with `day` under 1 it has not begun."""

    day: int
    total: int
    left: int
    end: str
    """«27/7/2027»"""
    milestones: tuple[tuple[str, str, bool], ...]
    """(date in words, label, passed)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Framed):
    question: str
    answer: str
    """paragraphs parted by line ends, about 420 characters in all"""
    topic: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Anniversary(Framed):
    day: str
    """«27/7», by the solar calendar"""
    name: str
    line: str
    years: int | None
    lunar: str | None
    """«15/7», when the day is kept by the lunar calendar"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Framed):
    """A call for information: what to tell, what not to do, whom to tell."""

    title: str
    lines: tuple[str, ...]
    """one ending in a colon introduces those after it"""
    warning: str
    """its first sentence is printed large"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend(Framed):
    """A figure over time, as it was entered; with fewer than two points it says that there is no line yet."""

    title: str
    label: str
    unit: str
    points: tuple[tuple[str, float], ...]
    """(ISO date, value), in the order of time"""
    goal: float | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking(Framed):
    """Bars of places by their figure, the largest first; no map."""

    title: str
    rows: tuple[tuple[str, float], ...]
    unit: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers(Framed):
    """Figures, each with its day and its source."""

    title: str
    rows: tuple[tuple[str, str, str], ...]
    """(«khoảng 45», «hài cốt liệt sĩ …», «số liệu 2026, Kế hoạch …»)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline(Framed):
    title: str
    marks: tuple[tuple[str, str, bool], ...]
    """(date in words, what, passed)"""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slogan(Framed):
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps(Framed):
    """What to do one after another."""

    title: str
    steps: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules(Framed):
    """What is asked for, and what must not be done."""

    title: str
    dos: tuple[str, ...]
    donts: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarification(Framed):
    """What is falsely said, and the truth, never mixed up."""

    said: str
    truth: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiz(Framed):
    """The question and what one may answer; never which answer is right."""

    question: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed(Framed):
    """A good example."""

    title: str
    story: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin(Framed):
    """Any other post."""

    title: str
    words: str
    topic: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card(Framed):
    """What a link to a page shows in other people's networks: a title on a lying page, 1200×630."""

    title: str
    topic: str


Part = tuple[str, tuple[str, ...]]
"""(its heading or «», its paragraphs)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Framed):
    """A whole post, for paper, voice and film: nothing is cut."""

    title: str
    lead: str
    parts: tuple[Part, ...]
    source: str


Values = (
    Target
    | Countdown
    | Question
    | Anniversary
    | Call
    | Trend
    | Ranking
    | Numbers
    | Timeline
    | Slogan
    | Steps
    | Rules
    | Clarification
    | Quiz
    | Deed
    | Bulletin
    | Card
)
