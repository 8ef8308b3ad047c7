"""A furnished ward for the tests of the staff's pages: a real database file and the pages over real HTTP."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from argon2 import PasswordHasher

from bot import HOME, dashboard, pages
from bot.config import Config
from bot.dashboard import TELEGRAM_NAME
from bot.db import Database
from bot.keys import CONFIG, DATABASE, NOW, PICTURES, SHELF, UPCOMING, WAKE, Coming, Shelf, Upcoming
from bot.library import Library, Problem, read_library
from bot.media import Media
from bot.messages import Outgoing, to_json
from bot.models import (
    Account,
    AccountState,
    Broadcast,
    BroadcastState,
    Case,
    CaseState,
    Chat,
    ChatKind,
    ChatState,
    Consent,
    Delivery,
    DeliveryState,
    FileState,
    Notice,
    Question,
    QuestionState,
    Role,
    Rumour,
    RumourReport,
    Staff,
    Task,
    TaskKind,
    Tip,
    TipAnswer,
    TipFile,
    TipState,
    Unit,
    UnitKind,
    Update,
    UpdateState,
)

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""12:00 in the ward"""
PASSWORD = "mot cau that dai"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c494441"
    "54789c63e89692020001f300c048e3fd220000000049454e44ae426082"
)
SECRET = "Đồi 42 bên suối Đá Bàn"


@cache
def library() -> Library:
    problem = Problem("posts/adn.toml", 12, "bài «vi-du» chưa ghi nguồn.")
    return replace(read_library(HOME / "content"), problems=(problem,))


@cache
def templates() -> pages.Pages:
    return pages.Pages(HOME / "content" / "pages")


@cache
def hashed() -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass
class Answer:
    status: int
    text: str
    headers: Any
    body: bytes = b""

    @property
    def words(self) -> str:
        return " ".join(re.sub(r"<[^>]+>", " ", self.text).split())


@dataclass
class Browser:
    """A signed-in browser without scripts; `post` sends our token unless told otherwise."""

    base: str
    session: aiohttp.ClientSession

    async def get(self, path: str, **headers: str) -> Answer:
        async with self.session.get(self.base + path, headers=headers, allow_redirects=False) as answer:
            body = await answer.read()
            return Answer(answer.status, body.decode(errors="replace"), answer.headers, body)

    async def post(self, path: str, **fields: Any) -> Answer:
        fields.setdefault("csrf", await self.token())
        data = [(k, str(one)) for k, v in fields.items() for one in (v if isinstance(v, list) else [v])]
        async with self.session.post(self.base + path, data=data, allow_redirects=False) as answer:
            body = await answer.read()
            return Answer(answer.status, body.decode(errors="replace"), answer.headers, body)

    async def token(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', (await self.get("/can-bo/mat-khau")).text)
        return found[1] if found else ""


@dataclass
class Site:
    base: str
    database: Database
    media: Media
    config: Config
    ids: dict[str, int]
    woken: list[None] = field(default_factory=list)
    now: datetime = NOON
    upcoming: Upcoming = field(default_factory=lambda: coming)
    shelf: Shelf = field(default_factory=lambda: Shelf(library()))

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            yield Browser(self.base, session)

    @asynccontextmanager
    async def signed_in(self, login: str) -> AsyncIterator[Browser]:
        async with self.browser() as browser:
            answer = await sign_in(browser, login, PASSWORD)
            assert answer.status == 303, answer.words
            yield browser

    async def all(self, query: Any) -> list[Any]:
        async with self.database.read() as db:
            return list(await db.scalars(query))


async def sign_in(browser: Browser, login: str, password: str, back: str = "") -> Answer:
    page = await browser.get("/can-bo/dang-nhap")
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    token = found[1] if found else ""
    return await browser.post("/can-bo/dang-nhap", csrf=token, login=login, password=password, toi=back)


@pytest.fixture(name="site")
async def open_site(database: Database, config: Config) -> AsyncIterator[Site]:
    config.data.mkdir()
    media = Media(config.data / "media", database, b"k" * 32, config.public_url)
    one = Site("", database, media, config, {})
    async with database.write() as db:
        one.ids = await furnish(db, media)
    app = web.Application()
    app[CONFIG], app[DATABASE], app[SHELF], app[PICTURES] = config, database, one.shelf, media
    app[NOW], app[WAKE] = lambda: one.now, lambda: one.woken.append(None)
    app[UPCOMING] = lambda *asked: one.upcoming(*asked)
    app[TELEGRAM_NAME] = lambda: "trian_phuong_bot"
    pages.setup(app, templates())
    dashboard.setup(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    port = runner.addresses[0][1]
    one.base = f"http://127.0.0.1:{port}"
    yield one
    await runner.cleanup()


def coming(books: Library, start: datetime, end: datetime) -> list[Coming]:
    """A schedule of two entries."""
    held = Coming(NOON + timedelta(days=2), "ngay-ba-muoi", "Ngày kỷ niệm", held_post(books), "all", True)
    series = Coming(NOON + timedelta(days=3), "hoi-dap", "Hỏi – đáp trong tuần", None, "all", False)
    return [one for one in (held, series) if start < one.at <= end]


def held_post(books: Library) -> Any:
    return next(post for post in books.posts.values() if post.held and not post.confirm_each_year)


def free_post(books: Library) -> Any:
    return next(post for post in books.posts.values() if not post.held and post.kind == "hoi-dap" and post.picture)


async def furnish(db: Any, media: Media) -> dict[str, int]:
    """A ward of two neighbourhoods, staff of every role, groups, tips, and something wrong of each kind."""
    ward = Unit(kind=UnitKind.WARD, code="phuong", name="Phường Trần Nhân Tông")
    db.add(ward)
    await db.flush()
    first = Unit(kind=UnitKind.NEIGHBOURHOOD, code="to-1", name="Tổ dân phố số 1", parent_id=ward.id)
    second = Unit(kind=UnitKind.NEIGHBOURHOOD, code="to-2", name="Tổ dân phố số 2", parent_id=ward.id)
    db.add_all([first, second])
    await db.flush()
    names = {
        Role.WRITER: "Trần Thị Hoa",
        Role.APPROVER: "Nguyễn Văn Duyệt",
        Role.MILITARY: "Phạm Quốc Bảo",
        Role.COMMITTEE: "Lê Thu Hà",
        Role.FRONT: "Đỗ Minh Tâm",
        Role.ADMIN: "Vũ Đức Quản",
    }
    people = [(role.value, name, role, ward) for role, name in names.items()]
    people += [("head", "Bùi Văn Trưởng", Role.HEAD, first), ("army-1", "Hoàng Anh Dũng", Role.MILITARY, first)]
    for login, name, role, unit in people:
        db.add(
            Staff(login=login, name=name, role=role, unit=unit, password_hash=hashed(), active=True, created_at=NOON)
        )
    chats = {
        "one": chat("telegram:-1001", "Tổ 1 Hoàng Tiến – Bà con", first, ChatState.ACTIVE),
        "two": chat("telegram:-1002", "Tổ 2 Hoàng Tân – Thông báo", second, ChatState.ACTIVE),
        "gone": chat("telegram:-1003", "Chi hội Cựu chiến binh tổ 2", second, ChatState.GONE, "kicked"),
        "waiting": chat("zalo_bot:g77", "Nhóm <b>mới</b>", None, ChatState.WAITING),
        "veteran": chat("telegram:55", "", None, ChatState.ACTIVE, kind=ChatKind.PRIVATE),
    }
    db.add_all(chats.values())
    await db.flush()
    ids = {f"chat_{name}": one.id for name, one in chats.items()}
    ids |= {"unit_ward": ward.id, "unit_1": first.id, "unit_2": second.id}
    broadcast = Broadcast(
        post_id=free_post(library()).id,
        title=free_post(library()).title,
        message=to_json(Outgoing("**Tiêu đề**\n\nNội dung <script>alert(1)</script> đã chốt.")),
        target="all",
        due_at=NOON - timedelta(hours=5),
        latest_at=NOON,
        state=BroadcastState.PUBLISHED,
        created_at=NOON - timedelta(days=1),
    )
    planned = Broadcast(
        post_id=free_post(library()).id,
        title="Bài đã hẹn cho tổ 2",
        message=to_json(Outgoing("Bài hẹn giờ.")),
        target="unit:to-2",
        due_at=NOON + timedelta(days=1),
        latest_at=NOON + timedelta(days=2),
        state=BroadcastState.PLANNED,
        created_at=NOON,
    )
    db.add_all([broadcast, planned])
    await db.flush()
    ids |= {"broadcast": broadcast.id, "planned": planned.id}
    outcomes = [
        ("one", DeliveryState.SENT, "", "", "501"),
        ("two", DeliveryState.UNKNOWN, "no_answer", "timeout", ""),
        ("gone", DeliveryState.FAILED, "kicked", "Forbidden: bot was kicked", ""),
    ]
    for name, state, reason, words, platform_id in outcomes:
        delivery = Delivery(broadcast_id=broadcast.id, chat_id=chats[name].id, channel="telegram", state=state)
        delivery.reason, delivery.words, delivery.platform_id = reason, words, platform_id
        delivery.created_at = delivery.changed_at = NOON - timedelta(hours=5)
        delivery.latest_at = NOON
        db.add(delivery)
    sha256 = await media.keep(PNG)
    for name, its_unit, code in (
        ("tip", None, "58K2-9QTM"),
        ("tip_1", first, "11AA-11AA"),
        ("tip_2", second, "22BB-22BB"),
    ):
        told = tip(chats["veteran"], its_unit, code, sha256)
        db.add(told)
        await db.flush()
        ids[name] = told.id
        ids[f"file_{name}"] = next(file.id for answer in told.answers for file in answer.files if file.sha256)
    raw = Update(
        channel="telegram",
        key="9",
        body='{"message": {"text": "lời kể kín"}}',
        received_at=NOON,
        state=UpdateState.SET_ASIDE,
        problem="KeyError: 'chat'",
    )
    asked = Question(
        chat_id=chats["veteran"].id,
        text="Tôi muốn đi thăm nghĩa trang <i>thì</i> hỏi ai?",
        state=QuestionState.WAITING,
        asked_at=NOON - timedelta(hours=3),
    )
    notice = Notice(key="picture:1", sentence="Bài «Ví dụ»: hình không vẽ được; bài đã gửi bằng chữ.", at=NOON)
    claim = Rumour(category="scam", words="Nộp <b>5 triệu</b> thì mộ được lấy mẫu trước", link="https://lua.example/x")
    claim.at = NOON - timedelta(hours=2)
    db.add_all([raw, asked, notice, claim])
    await db.flush()
    db.add(RumourReport(rumour_id=claim.id, chat_id=chats["veteran"].id, at=claim.at))
    for name, unit_id in (("telegram", None), ("zalo_oa@to-1", first.id)):
        account = Account(name=name, unit_id=unit_id, state=AccountState.ACTIVE, settings={})
        account.state_since = account.created_at = NOON
        db.add(account)
    case = Case(code="HS-2025-0001", unit_id=ward.id, state=CaseState.CLEARING, state_since=NOON, area="Hải Phòng")
    case.created_at = case.changed_at = NOON
    db.add(case)
    await db.flush()
    task = Task(kind=TaskKind.OTHER, case_id=case.id, unit_id=ward.id, words="Hỏi thêm", due_at=NOON, created_at=NOON)
    db.add(task)
    await db.flush()
    ids |= {"case": case.id, "task": task.id}
    return ids | {"raw": raw.id, "question": asked.id, "notice": notice.id, "rumour": claim.id}


def chat(
    address: str, title: str, unit: Unit | None, state: ChatState, reason: str = "", kind: ChatKind = ChatKind.GROUP
) -> Chat:
    one = Chat(channel=address.partition(":")[0], address=address, kind=kind, title=title, state=state, reason=reason)
    one.unit_id = unit.id if unit else None
    one.created_at = one.state_since = NOON - timedelta(days=1)
    return one


def tip(veteran: Chat, unit: Unit | None, code: str, sha256: str) -> Tip:
    at = NOON - timedelta(days=3)

    def said(field: str, question: str, words: str, **understood: Any) -> TipAnswer:
        answer = TipAnswer(field=field, question=question, said=words, understood=understood, at=at, files=[])
        answer.message_id = answer.album = ""
        return answer

    name = said("ho-ten", "Liệt sĩ tên là gì, thưa bác?", "Nguyễn Văn Thắng, hay gọi Thắng còi", kind="words")
    old = said("noi-chon", "Phần mộ ở đâu, thưa bác?", "Gần cầu Ngầm", kind="words")
    old.replaced_at = at + timedelta(minutes=4)
    place = said("noi-chon", "Phần mộ ở đâu, thưa bác?", SECRET, kind="words")
    time = said("thoi-gian", "Vào khoảng năm nào?", "khoảng mùa mưa 1972", kind="date", year=1972, about=True)
    photo = said("anh", "Bác có ảnh, giấy tờ thì gửi vào đây.", "", kind="files")
    kept = TipFile(channel="telegram", attachment={"kind": "photo", "name": "so do.png"}, state=FileState.KEPT)
    kept.sha256, kept.mime, kept.size, kept.kept_at = sha256, "image/png", len(PNG), at
    lost = TipFile(
        channel="telegram", attachment={"kind": "voice"}, state=FileState.FAILED, reason="expired", attempts=5
    )
    photo.files = [kept, lost]
    consent = Consent(
        notice_version="2026-11", notice="**Thông báo** về dữ liệu.", said="Tôi đồng ý", given=True, at=at
    )
    one = Tip(chat_id=veteran.id, unit_id=unit.id if unit else None, code=code, state=TipState.NEW)
    one.flagged = "odd_input"
    one.started_at = one.changed_at = one.told_at = at
    one.answers, one.consents = [name, old, place, time, photo], [consent]
    return one


def address(path: str, site: Site) -> str:
    """The path of a route with ids that exist."""
    ids = {
        "/khan-cap/": 1,
        "/bai/": free_post(library()).id,
        "/bien-tap/": 1 + [*library().posts].index(free_post(library()).id),
        "/dot-gui/": site.ids["broadcast"],
        "/lich/": site.ids["planned"],
        "/nhom/ma/": "ABCDEFGH",
        "/nhom/": site.ids["chat_one"],
        "/nguoi-dang/": site.ids["chat_one"],
        "/tin-bao/": site.ids["tip"],
        "/tin-bao/nhap/": site.ids["tip"],
        "/quyen/": 1,
        "/tep/": site.ids["file_tip"],
        "/ghi-chep/": site.ids["file_tip"],
        "/xuat/": 1,
        "/ho-so/": site.ids["case"],
        "/viec/": site.ids["task"],
        "/so-lieu/": "ward-samples-done",
        "/dong-y-neu-guong/": 1,
        "/hoi/": site.ids["question"],
        "/tin-sai/": site.ids["rumour"],
        "/van-de/tin-den/": site.ids["raw"],
        "/van-de/viec/": site.ids["notice"],
        "/can-bo/": 1,
        "/tai-khoan/": "zalo_oa@to-1",
        "/don-vi/": site.ids["unit_1"],
    }
    id = next((id for start, id in ids.items() if path.startswith(start + "{")), "")
    return re.sub(r"\{\w+\}", str(id), path)
