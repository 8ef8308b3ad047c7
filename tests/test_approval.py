"""No route leads around an approval: it is for exactly these words, this time and these groups, and never one's own."""

import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import HOME, approvers, chats
from bot.config import Config
from bot.db import Database
from bot.errors import Misuse
from bot.library import Library
from bot.messages import Address, Choice, Outgoing
from bot.models import (
    AuditEntry,
    Broadcast,
    BroadcastState,
    Chat,
    ChatKind,
    Correction,
    Delivery,
    Notice,
    Planned,
    PostStep,
    PostVersion,
    Role,
    Staff,
    Step,
    Unit,
    VersionState,
)
from bot.posts import corrections, drafts
from bot.posts.approval import (
    approve,
    correct_at_once,
    give_back,
    look_again,
    review,
    sha256_now,
    withdraw,
)
from bot.posts.broadcasts import announce
from bot.posts.corrections import Wording
from bot.posts.drafts import Written
from bot.posts.figures import enter
from bot.posts.outcomes import resend_failed
from bot.posts.versions import in_force, post_of
from bot.timetable import Entry, Schedule
from scheduler.plan import plan
from tests.conftest import NOW
from tests.mailing import out
from tests.talk import Talk
from tests.test_commands import Trian
from tests.test_commands import trian as trian

SOON = NOW + timedelta(hours=3)
POST = "chien-dich-la-gi"
FIGURE = 'Đã lấy {{ fact("ward-samples-done") }}.'
NOTICE = Written(
    title="Mời họp", body="Mời bà con dự họp.", source="Ủy ban nhân dân phường", target="all", due_at=SOON,
    valid_until=date(2026, 12, 31),
)  # fmt: skip
WRONG = Wording("ghi nhầm ngày 24/7", "lễ dâng hương ngày 27/7", "**Bài**\n\nNgày 27/7.")


async def person(db: AsyncSession, login: str, role: Role, phone: str = "", unit: str = "phuong") -> Staff:
    home = await db.scalar(select(Unit).where(Unit.code == unit))
    if home is None:
        ward = await db.scalar(select(Unit.id).where(Unit.code == "phuong"))
        home = Unit(kind="neighbourhood" if ward else "ward", code=unit, name=unit, parent_id=ward)
        db.add(home)
        await db.flush()
    one = Staff(login=login, name=login.title(), role=role, unit=home, password_hash="x", created_at=NOW)
    if phone:
        one.chat_id = (await chats.known(db, Address("telegram", phone), ChatKind.PRIVATE, "", NOW)).id
    db.add(one)
    await db.flush()
    return one


class Office:
    """A writer, two approvers, and the way from a draft to what is sent."""

    def __init__(self, database: Database, library: Library, config: Config) -> None:
        self.database, self.library, self.config = database, library, config

    async def open(self) -> None:
        async with self.database.write() as db:
            self.writer = await person(db, "hoa", Role.WRITER)
            self.approver = await person(db, "duyet", Role.APPROVER, "71")
            self.other = await person(db, "hai", Role.APPROVER, "72")
            self.admin = await person(db, "quan", Role.ADMIN)

    async def submitted(self, written: Written = NOTICE, by: Staff | None = None, **begun: object) -> int:
        by = by or self.writer
        async with self.database.write() as db:
            version = await drafts.begin(db, self.library, by, NOW, **begun or {"kind": written.kind})  # type: ignore[arg-type]
            await drafts.write(db, self.library, version, written, by, 1, NOW)
            await drafts.submit(db, self.library, self.config, version, by, NOW, looked=True)
        return version.id

    async def seen(self, id: int) -> str:
        async with self.database.read() as db:
            return await sha256_now(db, self.library, self.config, await db.get_one(PostVersion, id), NOW)

    async def approved(self, id: int, by: Staff | None = None, sha256: str = "") -> Broadcast | None:
        sha256 = sha256 or await self.seen(id)
        async with self.database.write() as db:
            version = await db.get_one(PostVersion, id)
            return await approve(db, self.library, self.config, version, sha256, by or self.approver, NOW)

    async def version(self, id: int) -> PostVersion:
        async with self.database.read() as db:
            return await db.get_one(PostVersion, id)

    async def look(self) -> list[str]:
        async with self.database.write() as db:
            library = await in_force(db, self.library, NOW.date())
            return await look_again(db, library, self.config, NOW)

    async def broadcasts(self) -> list[Broadcast]:
        async with self.database.read() as db:
            return list(await db.scalars(select(Broadcast).order_by(Broadcast.id)))

    async def figure(self, value: float) -> None:
        fact = self.library.facts["ward-samples-done"]
        async with self.database.write() as db:
            staff = await db.get_one(Staff, self.admin.id)
            await enter(db, fact, value=value, as_of=NOW.date(), source="BCH", staff=staff, now=NOW)


@pytest.fixture
async def office(database: Database, library: Library, config: Config) -> Office:
    made = Office(database, library, config)
    await made.open()
    return made


# From a draft to what is sent


async def test_what_is_approved_for_its_time_is_planned_as_it_was_seen(office: Office) -> None:
    id = await office.submitted()
    made = await office.approved(id)
    assert made is not None
    assert (made.version_id, made.target, made.due_at, made.state) == (id, "all", SOON, BroadcastState.PLANNED)
    assert made.message["text"] == "**Mời họp**\n\nMời bà con dự họp.\n\nNguồn: Ủy ban nhân dân phường."
    async with office.database.read() as db:
        steps = [row.step for row in await db.scalars(select(PostStep).order_by(PostStep.id))]
        audited = set(await db.scalars(select(AuditEntry.action)))
    assert steps == [Step.WRITTEN, Step.SUBMITTED, Step.APPROVED]
    assert {"submit_post", "approve_post"} <= audited


async def test_a_standing_post_is_said_once_it_is_approved_and_not_before(office: Office) -> None:
    post = office.library.posts[POST]
    written = replace(NOTICE, kind=post.kind, topic=post.topic, standing=True, title="Tên mới", target="", due_at=None)
    id = await office.submitted(written, post=post)
    async with office.database.read() as db:
        assert (await in_force(db, office.library, NOW.date())).posts[POST] == post
    assert await office.approved(id) is None
    async with office.database.read() as db:
        assert (await in_force(db, office.library, NOW.date())).posts[POST].title == "Tên mới"


async def test_what_is_returned_tells_why_and_may_be_submitted_again(office: Office) -> None:
    id = await office.submitted()
    async with office.database.write() as db:
        version = await db.get_one(PostVersion, id)
        with pytest.raises(Misuse, match="lý do"):
            await give_back(db, office.library, version, " ", office.approver, NOW)
        await give_back(db, office.library, version, "Thiếu địa điểm.", office.approver, NOW)
        assert version.state == VersionState.RETURNED
        await drafts.submit(db, office.library, office.config, version, office.writer, NOW, looked=True)
        assert version.state == VersionState.SUBMITTED


# Whoever may not


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPROVER])
async def test_no_other_role_approves(office: Office, role: Role) -> None:
    id = await office.submitted()
    async with office.database.write() as db:
        somebody = await person(db, f"other-{role}", role)
    with pytest.raises(Misuse, match="không được giao"):
        await office.approved(id, somebody)
    assert (await office.version(id)).state == VersionState.SUBMITTED


async def test_nobody_approves_what_he_wrote_himself(office: Office) -> None:
    id = await office.submitted(by=office.approver)
    with pytest.raises(Misuse, match="không tự duyệt"):
        await office.approved(id)
    assert await office.approved(id, office.other) is not None


async def test_an_administrator_neither_writes_nor_approves(office: Office) -> None:
    with pytest.raises(Misuse, match="không được giao"):
        await office.submitted(by=office.admin)
    with pytest.raises(Misuse, match="không được giao"):
        await office.approved(await office.submitted(), office.admin)


async def test_an_approver_of_a_neighbourhood_does_not_approve_for_the_ward(office: Office) -> None:
    id = await office.submitted()
    async with office.database.write() as db:
        below = await person(db, "duoi", Role.APPROVER, unit="to-1")
    with pytest.raises(Misuse, match="đơn vị khác"):
        await office.approved(id, below)


async def test_an_approver_who_is_shut_out_approves_nothing(office: Office) -> None:
    id = await office.submitted()
    office.approver.active = False
    with pytest.raises(Misuse, match="không được giao"):
        await office.approved(id)


async def test_nobody_changes_the_draft_of_another(office: Office) -> None:
    async with office.database.write() as db:
        version = await drafts.begin(db, office.library, office.writer, NOW, kind="thong-bao")
        with pytest.raises(Misuse, match="Chỉ người soạn"):
            await drafts.write(db, office.library, version, NOTICE, office.other, 1, NOW)
        with pytest.raises(Misuse, match="Chỉ người soạn"):
            await drafts.submit(db, office.library, office.config, version, office.other, NOW, looked=True)


@pytest.mark.parametrize("approved_first", [False, True])
async def test_what_was_submitted_or_approved_cannot_be_written_over(office: Office, approved_first: bool) -> None:
    id = await office.submitted()
    if approved_first:
        await office.approved(id)
    async with office.database.write() as db:
        version = await db.get_one(PostVersion, id)
        with pytest.raises(Misuse, match="không sửa được"):
            await drafts.write(
                db, office.library, version, replace(NOTICE, body="Lời khác"), office.writer, version.revision, NOW
            )
        assert version.body == NOTICE.body


async def test_two_windows_do_not_write_over_each_other(office: Office) -> None:
    async with office.database.write() as db:
        version = await drafts.begin(db, office.library, office.writer, NOW, kind="thong-bao")
        await drafts.write(db, office.library, version, NOTICE, office.writer, 1, NOW)
        with pytest.raises(Misuse, match="cửa sổ khác"):
            await drafts.write(db, office.library, version, replace(NOTICE, body="Muộn"), office.writer, 1, NOW)
        assert version.body == NOTICE.body


async def test_what_was_taken_back_is_not_approved_any_more(office: Office) -> None:
    id = await office.submitted()
    seen = await office.seen(id)
    async with office.database.write() as db:
        await drafts.take_back(db, office.library, await db.get_one(PostVersion, id), office.writer, NOW)
    with pytest.raises(Misuse, match="không còn chờ duyệt"):
        await office.approved(id, sha256=seen)


async def test_one_approval_makes_one_broadcast(office: Office) -> None:
    id = await office.submitted()
    seen = await office.seen(id)
    await office.approved(id, sha256=seen)
    with pytest.raises(Misuse, match="không còn chờ duyệt"):
        await office.approved(id, office.other, seen)
    async with office.database.write() as db:
        post = post_of(await db.get_one(PostVersion, id))
        with pytest.raises(Misuse, match="chưa được duyệt"):
            await announce(db, office.library, office.config, post, target="all", due_at=SOON, now=NOW)
    assert len(await office.broadcasts()) == 1


# Whatever has changed


async def test_words_that_changed_since_they_were_seen_are_not_approved(office: Office) -> None:
    id = await office.submitted()
    seen = await office.seen(id)
    async with office.database.write() as db:
        (await db.get_one(PostVersion, id)).body = "Lời khác."
    with pytest.raises(Misuse, match="đã đổi"):
        await office.approved(id, sha256=seen)
    assert await office.broadcasts() == []


async def test_a_figure_that_changed_since_it_was_seen_is_not_approved(office: Office) -> None:
    await office.figure(40)
    id = await office.submitted(replace(NOTICE, body=FIGURE))
    seen = await office.seen(id)
    await office.figure(41)
    with pytest.raises(Misuse, match="đã đổi"):
        await office.approved(id, sha256=seen)


async def test_an_approval_for_one_time_and_place_is_none_for_another(office: Office) -> None:
    id = await office.submitted()
    await office.approved(id)
    async with office.database.write() as db:
        post = post_of(await db.get_one(PostVersion, id))
        (await db.scalars(select(Broadcast))).one().state = BroadcastState.STOPPED
        await db.flush()
        for target, due_at in (("unit:phuong", SOON), ("all", SOON + timedelta(minutes=1))):
            with pytest.raises(Misuse, match="chưa được duyệt"):
                await announce(db, office.library, office.config, post, target=target, due_at=due_at, now=NOW)


async def test_a_new_figure_in_what_is_planned_asks_for_approval_again(office: Office) -> None:
    await office.figure(40)
    id = await office.submitted(replace(NOTICE, body=FIGURE))
    await office.approved(id)
    assert await office.look() == []
    await office.figure(41)
    assert "chờ duyệt lại" in (await office.look())[0]
    assert await office.look() == []
    assert (await office.version(id)).state == VersionState.SUBMITTED
    assert [one.state for one in await office.broadcasts()] == [BroadcastState.STOPPED]
    async with office.database.read() as db:
        assert (await db.scalar(select(PostStep.step).order_by(PostStep.id.desc()))) == Step.ASKED_AGAIN
        assert "chờ duyệt lại" in (await db.scalars(select(Notice.sentence))).one()
    made = await office.approved(id)
    assert made is not None
    assert "41" in made.message["text"]


async def test_another_time_for_what_is_planned_asks_for_approval_again(office: Office) -> None:
    id = await office.submitted()
    await office.approved(id)
    later = SOON + timedelta(hours=1)
    async with office.database.write() as db:
        (await db.scalars(select(Broadcast))).one().due_at = later
    assert len(await office.look()) == 1
    version = await office.version(id)
    assert (version.state, version.due_at) == (VersionState.SUBMITTED, later)


async def test_a_standing_post_that_is_planned_takes_the_newest_figures(office: Office) -> None:
    post = office.library.posts["muc-tieu-phuong"]
    async with office.database.write() as db:
        made = await announce(db, office.library, office.config, post, target="all", due_at=SOON, now=NOW)
    await office.figure(17)
    assert await office.look() == []
    (after,) = await office.broadcasts()
    assert (after.id, after.state) == (made.id, BroadcastState.PLANNED)
    assert "17" in after.message["text"]
    assert after.facts
    assert after.facts["ward-samples-done"] == 17


async def test_a_withdrawal_acts_at_once(office: Office) -> None:
    post = office.library.posts[POST]
    async with office.database.write() as db:
        made = await announce(db, office.library, office.config, post, target="all", due_at=SOON, now=NOW)
        version = await db.get_one(PostVersion, made.version_id)
        with pytest.raises(Misuse, match="không được giao"):
            await withdraw(db, office.library, version, "", office.writer, NOW)
        assert await withdraw(db, office.library, version, "Sai số.", office.approver, NOW) == 1
        assert made.state == BroadcastState.STOPPED
        assert POST not in (await in_force(db, office.library, NOW.date())).posts


async def test_a_planned_post_stops_when_its_words_are_replaced(office: Office) -> None:
    post = office.library.posts[POST]
    async with office.database.write() as db:
        await announce(db, office.library, office.config, post, target="all", due_at=SOON, now=NOW)
    written = replace(NOTICE, kind=post.kind, topic=post.topic, standing=True, target="", due_at=None)
    await office.approved(await office.submitted(written, post=post))
    assert "vừa được thay" in (await office.look())[0]
    assert [one.state for one in await office.broadcasts()] == [BroadcastState.STOPPED]


# The other ways to a broadcast


async def test_the_schedule_sends_no_post_that_nobody_approved(
    database: Database, library: Library, config: Config
) -> None:
    lone = replace(library.posts[POST], body="Chữ lén.")
    entry = Entry(id="e", name="Hằng ngày", when={"daily": True, "at": "09:00"}, post=POST)
    sly = replace(library, posts={**library.posts, POST: lone}, schedule=Schedule(entries=(entry,)))
    for at in (NOW, NOW + timedelta(hours=2)):
        async with database.write() as db:
            assert await plan(db, sly, config, at) == []
    async with database.read() as db:
        assert "chưa được duyệt" in (await db.scalar(select(Notice.sentence)) or "")
        assert (await db.get_one(Planned, "schedule")).until == NOW + timedelta(hours=2)


async def test_what_was_withdrawn_is_not_sent_again_to_those_who_missed_it(office: Office) -> None:
    id = await out(office.database, ("failed", "refused", "active"))
    async with office.database.write() as db:
        post = await db.get_one(Broadcast, id)
        version = await db.scalar(select(PostVersion).where(PostVersion.post_id == POST))
        assert version is not None
        post.version_id = version.id
        assert await withdraw(db, office.library, version, "", office.approver, NOW) == 0
        with pytest.raises(Misuse):
            await resend_failed(db, office.library, post, NOW)


def test_the_command_line_sends_what_was_approved_whatever_the_files_say_now(trian: Trian) -> None:
    shutil.copytree(HOME / "content", trian.folder / "content")
    config = trian.folder / "config.toml"
    config.write_text(config.read_text("utf-8") + '[service]\ncontent = "content"\n', "utf-8")
    units = trian.csv("u.csv", "code,name,kind,parent\np,Phường,ward,\n")
    assert trian("units", "import", units)[0] == 0
    _, before, _ = trian("posts", "show", POST)
    for file in (trian.folder / "content" / "posts").glob("*.toml"):
        file.write_text(file.read_text("utf-8").replace('body = """', 'body = """Lời lén. '), "utf-8")
    slogans = trian.folder / "content" / "slogans.toml"
    more = '\n[[slogan]]\nid = "len"\ntext = "Một câu lén"\nsource = "Kế hoạch"\n'
    slogans.write_text(slogans.read_text("utf-8") + more, "utf-8")
    code, after, _ = trian("posts", "show", POST)
    assert (code, after) == (0, before)
    assert "Lời lén" not in after
    code, _, words = trian("broadcast", "len", "--to", "unit:p")
    assert code == 2
    assert "Không có bài «len»" in words
    assert trian("broadcast", POST, "--to", "unit:p")[0] == 0


async def test_a_correction_waits_for_an_approver(office: Office) -> None:
    id = await out(office.database, ("sent", "", "active"))
    async with office.database.write() as db:
        post = await db.get_one(Broadcast, id)
        version = await corrections.propose(db, office.library, post, Correction.EDIT, WRONG, office.writer, NOW)
        with pytest.raises(Misuse, match="chưa được duyệt"):
            await corrections.correct(db, office.library, office.config, version, NOW)
        version.state = VersionState.APPROVED
        with pytest.raises(Misuse, match="chưa được duyệt"):
            await corrections.correct(db, office.library, office.config, version, NOW)
        version.state = VersionState.SUBMITTED
    made = await office.approved(version.id)
    assert made is not None
    assert (made.corrects_id, made.version_id, made.correction) == (id, version.id, Correction.EDIT)


async def test_only_an_approver_corrects_at_once_and_another_one_reviews_it(office: Office) -> None:
    id = await out(office.database, ("sent", "", "active"))
    async with office.database.write() as db:
        post = await db.get_one(Broadcast, id)
        how = Correction.ERRATUM
        for who in (office.writer, office.admin):
            with pytest.raises(Misuse, match="không được giao"):
                await correct_at_once(db, office.library, office.config, post, how, WRONG, who, NOW)
        made = await correct_at_once(db, office.library, office.config, post, how, WRONG, office.approver, NOW)
        version = await db.get_one(PostVersion, made.version_id)
        assert version.emergency
        assert "ĐÍNH CHÍNH KHẨN" in (await db.scalars(select(Notice.sentence))).one()
        assert "emergency" in set(await db.scalars(select(AuditEntry.action)))
        with pytest.raises(Misuse, match="không tự xem lại"):
            await review(db, office.library, version, "", office.approver, NOW)
        with pytest.raises(Misuse, match="không được giao"):
            await review(db, office.library, version, "", office.writer, NOW)
        await review(db, office.library, version, "Đúng.", office.other, NOW)
        assert (version.reviewed_by_id, version.reviewed_at) == (office.other.id, NOW)
        with pytest.raises(Misuse, match="không chờ xem lại"):
            await review(db, office.library, version, "", office.other, NOW)


# On the phone


@pytest.fixture
async def phones(office: Office, talk: Talk) -> Talk:
    return talk


async def asked(office: Office, id: int, at: datetime = NOW) -> dict[str, Outgoing]:
    """Show it to the approvers; what each phone got."""
    async with office.database.write() as db:
        await approvers.ask(db, office.library, office.config, await db.get_one(PostVersion, id), at)
        rows = await db.execute(select(Chat.address, Delivery.message).join(Chat).order_by(Delivery.id.desc()).limit(2))
        return {address: as_shown(message) for address, message in rows}


def as_shown(kept: dict[str, object] | None) -> Outgoing:
    assert kept is not None
    choices = tuple(Choice(**one) for one in kept["choices"])  # type: ignore[attr-defined]
    return Outgoing(str(kept["text"]), choices=choices)


async def test_an_approver_approves_on_his_own_phone(office: Office, phones: Talk) -> None:
    id = await office.submitted()
    shown = await asked(office, id)
    assert set(shown) == {"telegram:71", "telegram:72"}
    message = shown["telegram:71"]
    assert "Mời bà con dự họp." in message.text
    assert "11:00 ngày 23/11/2026" in message.text
    assert [choice.label for choice in message.choices] == ["Duyệt", "Trả lại"]
    assert all(len(choice.value.encode()) <= 64 for choice in message.choices)
    assert "Đã duyệt bài «Mời họp»" in await phones.say(chat="71", press=message.choices[0].value)
    version = await office.version(id)
    assert version.state == VersionState.APPROVED
    async with office.database.read() as db:
        step = await db.scalar(select(PostStep).order_by(PostStep.id.desc()))
    assert step is not None
    assert (step.step, step.via, step.staff_id) == (Step.APPROVED, "chat", office.approver.id)
    assert len(await office.broadcasts()) == 1
    assert "không còn chờ duyệt" in await phones.say(chat="71", press=message.choices[0].value)


async def test_a_button_of_another_phone_or_of_a_stranger_does_nothing(office: Office, phones: Talk) -> None:
    id = await office.submitted()
    values = {address: message.choices[0].value for address, message in (await asked(office, id)).items()}
    assert "không còn dùng được" in await phones.say(chat="72", press=values["telegram:71"])
    assert "không được nối" in await phones.say(chat="99", press=values["telegram:71"])
    assert "không còn dùng được" in await phones.say(chat="71", press=f"duyet:{id}:AAAAAAAAAAAAAAAAAAAAAAAA")
    assert "không được nối" in await phones.say(chat="71", press="duyet:999999999999999999:x")
    assert (await office.version(id)).state == VersionState.SUBMITTED


async def test_a_button_is_stale_when_the_words_have_changed(office: Office, phones: Talk) -> None:
    id = await office.submitted()
    value = (await asked(office, id))["telegram:71"].choices[0].value
    async with office.database.write() as db:
        version = await db.get_one(PostVersion, id)
        await drafts.take_back(db, office.library, version, office.writer, NOW)
        await drafts.write(
            db, office.library, version, replace(NOTICE, body="Lời khác."), office.writer, version.revision, NOW
        )
        await drafts.submit(db, office.library, office.config, version, office.writer, NOW, looked=True)
    assert "không còn dùng được" in await phones.say(chat="71", press=value)
    assert (await office.version(id)).state == VersionState.SUBMITTED


async def test_the_writers_own_phone_is_not_asked(office: Office) -> None:
    assert set(await asked(office, await office.submitted(by=office.approver))) == {"telegram:72"}


async def test_a_return_on_the_phone_asks_for_the_reason(office: Office, phones: Talk) -> None:
    id = await office.submitted()
    value = (await asked(office, id))["telegram:71"].choices[1].value
    assert "lý do" in await phones.say(chat="71", press=value)
    assert (await office.version(id)).state == VersionState.SUBMITTED
    assert "Đã trả lại" in await phones.say("Thiếu địa điểm họp.", chat="71")
    assert (await office.version(id)).state == VersionState.RETURNED
    async with office.database.read() as db:
        assert (await db.scalar(select(PostStep.words).order_by(PostStep.id.desc()))) == "Thiếu địa điểm họp."


async def test_an_approver_who_changed_his_mind_is_not_waited_for(office: Office, phones: Talk) -> None:
    id = await office.submitted()
    await phones.say(chat="71", press=(await asked(office, id))["telegram:71"].choices[1].value)
    await phones.say("trợ giúp", chat="71")
    await phones.say("Chào bot", chat="71")
    assert (await office.version(id)).state == VersionState.SUBMITTED
