"""What the library says: enough of it, each thing once, with a source, and nothing that is not known."""

import re
import runpy
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot import HOME
from bot.config import Config, read_config
from bot.db import Database
from bot.library import Library, Post
from bot.messages import fold, utf16
from bot.models import Broadcast
from bot.posts.rendering import render
from scheduler.plan import plan, upcoming

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST, LAST = date(2026, 11, 23), date(2027, 7, 27)
MAKE = runpy.run_path(str(HOME / "docs" / "noi-dung" / "make.py"))

ALIKE = 0.6
"""share of common syllables from which two texts are one text said twice"""
PROMISES = re.compile(
    r"(chắc chắn|nhất định|bảo đảm|cam kết|sẽ) (sẽ )?(tìm (được|thấy|ra)|có kết quả|biết tên|được (thưởng|nhận tiền))"
)
DENIED = ("«", "“", "không", "chưa", "đừng", "hứa", "gặp người")
"""what stands before words that are quoted or denied"""
UNVERIFIED = (
    *("254.812", "1.563", "33.571", "49.686", "23.000", "mtDNA", "ti thể", "mệnh lệnh từ trái tim"),
    *("Sở Lao động", "MARIN", "Phiếu khảo sát liệt sĩ"),
)
"""words of the rows that the collected facts mark as unconfirmed, and of what has been replaced"""


def of_kind(library: Library, *kinds: str) -> list[Post]:
    return [post for post in library.posts.values() if post.kind in kinds]


def bare(template: str) -> str:
    return re.sub(r"{[{%].*?[%}]}", " ", template)


def words(post: Post) -> str:
    return "\n".join((post.title, bare(post.body), post.line, *post.options))


def alike(one: str, two: str) -> float:
    first, second = set(fold(bare(one)).split()), set(fold(bare(two)).split())
    return len(first & second) / len(first | second)


def promised(text: str) -> Iterator[str]:
    """Each promise that is not one which the text warns of."""
    for found in PROMISES.finditer(text):
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if not any(word in line.casefold() for word in DENIED):
            yield found[0]


# ── How much there is ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_library_is_as_large_as_the_plan_asks(library: Library) -> None:
    kinds = Counter(post.kind for post in library.posts.values())
    assert kinds["hoi-dap"] >= 150
    assert kinds["slogan"] >= 24
    assert kinds["cau-do"] >= 20
    assert kinds["dinh-chinh"] >= 12
    assert kinds["to-roi"] >= 6
    assert len(library.anniversaries) >= 30


def test_every_anniversary_has_a_word_for_the_day_the_eve_and_some_days_before(library: Library) -> None:
    for day in library.anniversaries.values():
        assert 1 in day.before, day.id
        assert any(3 <= days <= 7 for days in day.before), day.id
        reminders = [library.posts[f"{day.id}-truoc-{days}"] for days in day.before]
        assert len({post.title for post in [library.posts[day.id], *reminders]}) == len(reminders) + 1
        assert not [post.id for post in reminders if "years_since" in post.body]


def test_every_question_is_asked_in_several_ways_and_answered_at_a_length_one_can_listen_to(library: Library) -> None:
    for post in of_kind(library, "hoi-dap", "dinh-chinh"):
        assert len(post.asks) >= 3, post.id
        assert len({fold(way) for way in (post.title, *post.asks)}) == len(post.asks) + 1, post.id
        assert 40 <= len(post.body.split()) <= 170, post.id


def test_a_clarification_says_first_whether_it_is_so(library: Library) -> None:
    for post in of_kind(library, "dinh-chinh"):
        assert post.title.endswith("?"), post.id
        assert post.body.startswith(("Không đúng.", "Chưa đúng.", "Chưa có căn cứ")), post.id


def test_slogans_riddles_and_leaflets_fit_where_they_go(library: Library) -> None:
    config = read_config(HOME / "config.toml")
    for post in of_kind(library, "slogan"):
        assert len(post.body) <= 90, post.id
    for post in of_kind(library, "cau-do"):
        explained = render(library, library.facts, post, FIRST, config).body
        assert utf16(explained) <= 190, post.id
        assert "\n" not in explained
        assert utf16(post.title) <= 300
        assert 3 <= len(set(post.options)) == len(post.options) <= 4
        assert all(utf16(option) <= 100 for option in post.options), post.id
    for post in of_kind(library, "to-roi"):
        assert 3 <= len(re.findall(r"^## ", post.body, re.MULTILINE)) <= 6, post.id
        assert post.body.startswith("## ")
        assert 220 <= len(post.body.split()) <= 380, post.id
        assert 0 < len(post.line) <= 140


def test_the_right_answer_of_a_riddle_is_not_always_at_the_same_place(library: Library) -> None:
    places = Counter(post.right for post in of_kind(library, "cau-do"))
    assert max(places.values()) <= 7


# ── Each thing once ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["hoi-dap", "dinh-chinh", "cau-do", "to-roi", "ky-niem"])
def test_no_text_is_another_one_said_again(library: Library, kind: str) -> None:
    posts = of_kind(library, kind)
    again = [(a.id, b.id) for a, b in combinations(posts, 2) if alike(a.body, b.body) >= ALIKE]
    if kind != "ky-niem":  # the eve is called after its day
        again += [(a.id, b.id) for a, b in combinations(posts, 2) if alike(a.title, b.title) >= ALIKE]
    assert again == []


def test_no_slogan_is_another_one_said_again(library: Library) -> None:
    slogans = of_kind(library, "slogan")
    assert [(a.id, b.id) for a, b in combinations(slogans, 2) if alike(a.body, b.body) >= ALIKE] == []


# ── Nothing that is not known ──────────────────────────────────────────────────────────────────────────────────────


def test_every_text_names_a_document_that_is_known(library: Library) -> None:
    assert [post.id for post in library.posts.values() if not MAKE["named"](post.source)] == []


def test_nothing_unconfirmed_is_said(library: Library) -> None:
    said = {post.id: [word for word in UNVERIFIED if word in words(post)] for post in library.posts.values()}
    assert {id: found for id, found in said.items() if found} == {}


def test_no_text_promises_a_result(library: Library) -> None:
    found = {post.id: list(promised(words(post))) for post in library.posts.values()}
    assert {id: promise for id, promise in found.items() if promise} == {}


@pytest.mark.parametrize("text", ["Phường sẽ tìm được mộ.", "Lấy mẫu rồi chắc chắn có kết quả."])
def test_a_promise_is_noticed(text: str) -> None:
    assert list(promised(text))


def test_what_is_only_warned_of_is_no_promise() -> None:
    assert not list(promised("Không ai hứa được là sẽ tìm ra."))


def test_no_telephone_number_no_sum_of_money_and_no_address_is_made_up(library: Library) -> None:
    made_up = re.compile(
        r"\b0\d{8,10}\b|\b\d{3,4}[ .]\d{3}[ .]\d{3}\b|\d+ ?(đồng|nghìn|triệu|tỷ)\b|\bsố \d+ (đường|phố)\b"
    )
    assert [post.id for post in library.posts.values() if made_up.search(words(post))] == []


def test_what_the_facts_mark_as_unconfirmed_waits_for_the_ward(library: Library) -> None:
    held = {day.id for day in library.anniversaries.values() if library.posts[day.id].standing == "U"}
    assert {"quoc-te-thieu-nhi", "quoc-te-nguoi-cao-tuoi", "mat-tran-dan-toc", "tet-nguyen-dan"} <= held
    for id in held:
        assert all(library.posts[f"{id}-truoc-{days}"].held for days in library.anniversaries[id].before)
    assert {fact.standing for fact in library.facts.values()} == {"V"}


# ── The plan ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_point_of_the_plan_is_covered_and_no_item_stands_apart_from_it(library: Library) -> None:
    covering = [(point["number"], MAKE["of_point"](point, library)) for point in MAKE["points"]()]
    assert {number for number, ids in covering if ids} >= {f"II.{n}" for n in range(1, 10)} | {
        f"III.{n}" for n in range(1, 5)
    }
    assert all(len(ids) >= 3 for _, ids in covering)
    covered = {id for _, ids in covering for id in ids}
    assert covered - set(library.posts) == set()
    assert {post.id for post in MAKE["items"](library)} - covered == set()


def test_the_page_about_the_library_is_that_of_the_library(library: Library) -> None:
    assert MAKE["PAGE"].read_text("utf-8") == MAKE["page"](library)


# ── The 36 weeks ───────────────────────────────────────────────────────────────────────────────────────────────────


def morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def test_no_day_has_two_ordinary_posts_and_a_day_of_remembrance_is_alone(library: Library, config: Config) -> None:
    entries = {entry.id: entry for entry in library.schedule.entries}
    days = defaultdict(list)
    for one in upcoming(library, config, morning(FIRST), morning(LAST + timedelta(days=1))):
        days[one.at.date()].append(one)
    assert max(after - before for before, after in pairwise(sorted(days))) <= timedelta(days=7)
    for day, coming in days.items():
        ordinary = [one for one in coming if entries[one.entry_id].ordinary]
        own = [one for one in coming if one.post and one.post.id in library.anniversaries]
        assert len(ordinary) <= 1, day
        assert len(coming) <= 2, day
        assert not own or len(coming) == 1 or day == date(2027, 2, 27), day  # day 350 of the Campaign besides


def test_at_tet_there_are_only_the_words_of_tet(library: Library, config: Config) -> None:
    coming = upcoming(library, config, morning(date(2027, 2, 4)), morning(date(2027, 2, 12)))
    assert [one.post.id for one in coming if one.post] == ["tet-nguyen-dan-truoc-1", "tet-nguyen-dan"]
    assert len(coming) == 2


async def test_in_36_weeks_every_question_clarification_and_riddle_goes_out_once(
    database: Database, library: Library, config: Config
) -> None:
    day = FIRST
    while day <= LAST + timedelta(days=1):
        async with database.write() as db:
            await plan(db, library, config, morning(day))
        day += timedelta(days=1)
    async with database.read() as db:
        sent = Counter((await db.scalars(select(Broadcast.post_id))).all())
    asked = {post.id for post in of_kind(library, "hoi-dap", "thong-bao", "dinh-chinh", "cau-do")}
    assert {id: sent[id] for id in asked if sent[id] != 1} == {}
    assert sum(sent[post.id] for post in of_kind(library, "slogan")) >= 4
