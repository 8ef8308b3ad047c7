"""Tips come to cases, go and come back; what is told later waits; several graves; whom a step of a case is told to."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import chats
from bot.cases import cases, handovers, steps, tasks
from bot.cases.claims import claims_of_tip
from bot.config import Config
from bot.library import Library
from bot.messages import Address
from bot.models import (
    Case,
    CaseCheck,
    CaseNote,
    CaseState,
    ChatKind,
    Claim,
    Conclusion,
    Consent,
    FileState,
    HandoverState,
    NoteKind,
    Person,
    PersonRole,
    Staff,
    Task,
    TaskKind,
    Tip,
    TipAnswer,
    TipFile,
    TipState,
    Transcript,
)
from scheduler import deadlines
from tests.conftest import NOW
from tests.talk import Talk
from tests.test_cases import KNOWN, staff, told

LATER = NOW + timedelta(hours=1)


def said(field: str, words: str, **understood: Any) -> TipAnswer:
    return TipAnswer(
        field=field, question="?", said=words, understood={"kind": "words", **understood}, at=NOW, files=[]
    )


async def a_tip(db: AsyncSession, number: int, *answers: TipAnswer, desk: bool = False) -> Tip:
    """Told and confirmed by somebody with a chat of his own, or by somebody staff write for."""
    own = Address("telegram", str(number))
    chat = await (chats.desk(db, NOW) if desk else chats.known(db, own, ChatKind.PRIVATE, "", NOW))
    tip = Tip(chat=chat, code=f"4829157{number}", state=TipState.NEW, started_at=NOW, changed_at=NOW, told_at=NOW)
    tip.answers = list(answers)
    tip.people = [Person(role=PersonRole.WITNESS, name="Trần Văn B", born="1941")]
    tip.consents = [Consent(notice_version="1", notice="", said="Tôi đồng ý", given=True, at=NOW)]
    db.add(tip)
    await db.flush()
    return tip


def open_words(claims: Any, field: str = "") -> list[str]:
    return [one.words for one in claims if one.withdrawn_at is None and field in ("", one.field)]


async def test_what_is_told_later_waits_until_staff_take_it_in_and_what_it_replaces_stays_struck(talk: Talk) -> None:
    officer, _ = await staff(talk)
    async with talk.database.write() as db:
        tip = await a_tip(db, 1, said("noi-chon", "Gần cầu Ngầm"))
        case = await cases.open_case(db, tip, KNOWN, officer, NOW)
        tip.answers[0].replaced_at = LATER
        tip.answers += [said("noi-chon", "Đồi 42"), said("di-vat", "Một cái bi đông")]
        await db.flush()
        assert [one.words for one in await cases.untaken(db, case, tip, KNOWN)] == ["Đồi 42", "Một cái bi đông"]
        assert await cases.take_in(db, case, tip, KNOWN, officer, LATER) == 2
        assert open_words(await cases.claims_of(db, case)) == ["Đồi 42", "Một cái bi đông"]
        (old,) = [one for one in await cases.claims_of(db, case) if one.withdrawn_at]
        assert (old.words, old.withdrawn_by_id) == ("Gần cầu Ngầm", officer.id)
        assert await cases.take_in(db, case, tip, KNOWN, officer, LATER) == 0


async def test_a_voice_note_that_was_put_into_words_waits_too(talk: Talk) -> None:
    officer, _ = await staff(talk)
    async with talk.database.write() as db:
        voice = said("ho-ten", "", kind="files")
        voice.files = [TipFile(channel="telegram", attachment={"kind": "voice"}, state=FileState.KEPT)]
        tip = await a_tip(db, 1, voice)
        case = await cases.open_case(db, tip, KNOWN, officer, NOW)
        assert open_words(await cases.claims_of(db, case)) == [""]
        heard = Transcript(file_id=voice.files[0].id, words="Anh Tám quê Chí Linh", by="hand", at=LATER)
        db.add(heard)
        await db.flush()
        assert await cases.take_in(db, case, tip, KNOWN, officer, LATER) == 1
        assert open_words(await cases.claims_of(db, case)) == ["Anh Tám quê Chí Linh"]
        assert "chi linh" in case.search


async def test_a_tip_that_was_let_go_comes_back_with_its_claims(talk: Talk) -> None:
    officer, _ = await staff(talk)
    async with talk.database.write() as db:
        tip = await a_tip(db, 1, said("ho-ten", "Tám"), said("don-vi", "d3 e9"))
        case = await cases.open_case(db, tip, KNOWN, officer, NOW)
        by_hand = next(one for one in await cases.claims_of(db, case) if one.field == "don-vi")
        await cases.withdraw(db, case, KNOWN, by_hand, officer, NOW)
        await cases.detach(db, case, tip, KNOWN, officer, LATER)
        await steps.let_go(db, tip, LATER)
        assert (open_words(await cases.claims_of(db, case)), await cases.tips_of(db, case)) == ([], [])
        await cases.attach(db, case, tip, KNOWN, officer, LATER + timedelta(hours=1))
        assert open_words(await cases.claims_of(db, case)) == ["Tám"]
        assert len(await cases.claims_of(db, case)) == 2
        assert case.witness_age == 85


async def test_of_a_testimony_of_two_graves_each_case_holds_its_own(talk: Talk) -> None:
    officer, _ = await staff(talk)
    async with talk.database.write() as db:
        tip = await a_tip(
            db,
            1,
            said("chuyen", "Tôi chôn hai đồng đội"),
            said("nguon", "", value="chon-cat"),
            said("ho-ten", "Tám"),
            said("noi-chon", "Đồi 42"),
            said("ho-ten#2", "Chín"),
            said("nguon#2", "", value="nghe-ke"),
            said("mo-khac", "", value="co"),
        )
        first = await cases.open_case(db, tip, KNOWN, officer, NOW, grave=1)
        second = await cases.open_case(db, tip, KNOWN, officer, NOW, grave=2)
        assert open_words(await cases.claims_of(db, first)) == ["Tôi chôn hai đồng đội", "", "Tám", "Đồi 42"]
        assert open_words(await cases.claims_of(db, second)) == ["Tôi chôn hai đồng đội", "Chín", ""]
        names = [one for one in await cases.claims_of(db, second) if one.field == "ho-ten"]
        assert [one.source for one in names] == ["heard"]
        assert {one.field for one in claims_of_tip(tip, KNOWN, {})} >= {"ho-ten", "ho-ten#2"}
        assert [one.code for one in await cases.cases_of(db, tip)] == [first.code, second.code]


async def test_a_tip_that_joins_or_is_merged_stands_where_the_case_stands_and_its_informant_is_told(
    talk: Talk, library: Library
) -> None:
    officer, _ = await staff(talk)
    async with talk.database.write() as db:
        tips = [await a_tip(db, n, said("ho-ten", "Tám")) for n in (1, 2, 3)]
        case = await cases.open_case(db, tips[0], KNOWN, officer, NOW)
        await steps.move(db, library, KNOWN, case, CaseState.ENOUGH, officer, NOW)
        await cases.attach(db, case, tips[1], KNOWN, officer, NOW)
        await steps.follow(db, library, case, [tips[1]], NOW)
        other = await cases.open_case(db, tips[2], KNOWN, officer, NOW)
        await cases.decide(db, other, KNOWN, "ho-ten", None, "Nguyễn Tám", "giấy báo tử", officer, NOW)
        await cases.merge(db, other, case, KNOWN, NOW)
        await steps.follow(db, library, case, tips, NOW)
        assert [tip.state for tip in tips] == [TipState.ENOUGH] * 3
        assert (await cases.best(db, case))["ho-ten"].words == "Nguyễn Tám"
        assert "nguyen tam" in case.search
        await cases.unmerge(db, other, KNOWN, LATER)
        assert "ho-ten" not in await cases.best(db, case)
        assert "nguyen tam" not in case.search
    assert [len(await told(talk, n)) for n in "123"] == [1, 1, 1]


async def test_who_told_twice_is_told_once_and_who_has_no_chat_is_called(talk: Talk, library: Library) -> None:
    officer, _ = await staff(talk)
    async with talk.database.write() as db:
        one, again = await a_tip(db, 1, said("ho-ten", "Tám")), await a_tip(db, 2, said("ho-ten", "Tám"))
        again.chat = one.chat
        desk = await a_tip(db, 3, said("ho-ten", "Tám"), desk=True)
        await db.flush()
        case = await cases.open_case(db, one, KNOWN, officer, NOW)
        for tip in (again, desk):
            await cases.attach(db, case, tip, KNOWN, officer, NOW)
        await steps.move(db, library, KNOWN, case, CaseState.CLEARING, officer, NOW)
        (call,) = (await db.scalars(select(Task))).all()
        assert (call.kind, call.tip_id) == (TaskKind.CALL, desk.id)
        assert await handovers.ask_informants(db, library, case, "Phường", "Gốc cây còn không?", officer, NOW) == 2
    (status, question) = await told(talk, "1")
    assert "4829 1571, 4829 1572" in status
    assert "Gốc cây còn không?" in question


async def test_a_conclusion_needs_the_answer_of_who_has_the_case_now_and_is_opened_again_without_its_release(
    talk: Talk, library: Library
) -> None:
    officer, other = await staff(talk)
    async with talk.database.write() as db:
        case = await cases.open_case(db, await a_tip(db, 1, said("ho-ten", "Tám")), KNOWN, officer, NOW)
        await steps.move(db, library, KNOWN, case, CaseState.ENOUGH, officer, NOW)
        ward = await handovers.send(db, library, KNOWN, case, CaseState.WITH_MILITARY, "", officer, NOW)
        await passed(db, library, case, ward, officer)
        city = await handovers.send(db, library, KNOWN, case, CaseState.WITH_515, "", officer, NOW)
        assert await concluded(db, library, case, officer) is False
        await passed(db, library, case, city, officer)
        assert await concluded(db, library, case, officer) is True
        assert [line.state for line in handovers.history_of(city)] == ["sent", "received", "accepted", "answered"]
        for one in (officer, other):
            await steps.release(db, case, one, NOW)
        assert cases.identity_released(case)
        await steps.move(db, library, KNOWN, case, CaseState.CLEARING, officer, LATER)
        assert (case.conclusion, cases.identity_released(case), case.released_by_id) == ("", False, None)


async def passed(db: AsyncSession, library: Library, case: Case, handover: Any, officer: Staff) -> None:
    for state, words in (("received", ""), ("accepted", ""), ("answered", "Đã khảo sát")):
        await handovers.answer(db, library, KNOWN, case, handover, HandoverState(state), words, officer, NOW)


async def concluded(db: AsyncSession, library: Library, case: Case, officer: Staff) -> bool:
    try:
        await steps.conclude(db, library, KNOWN, case, Conclusion.NOT_CONFIRMED, officer, NOW)
    except ValueError:
        return False
    return True


async def test_a_question_goes_to_one_teller_or_to_all_and_never_to_who_took_back_his_consent(
    talk: Talk, library: Library
) -> None:
    officer, _ = await staff(talk)
    async with talk.database.write() as db:
        tips = [await a_tip(db, n, said("ho-ten", "Tám")) for n in (1, 2, 3)]
        case = await cases.open_case(db, tips[0], KNOWN, officer, NOW)
        for tip in tips[1:]:
            await cases.attach(db, case, tip, KNOWN, officer, NOW)
        tips[2].state = TipState.WITHDRAWN
        assert await handovers.ask_informants(db, library, case, "Phường", "Một?", officer, NOW, tips[1].id) == 1
        assert await handovers.ask_informants(db, library, case, "Phường", "Hai?", officer, NOW) == 2
        assert await handovers.ask_informants(db, library, case, "Phường", "Ba?", officer, NOW, tips[2].id) == 0
        notes = (await db.scalars(select(CaseNote).order_by(CaseNote.id))).all()
        assert [(one.kind, one.tip_id) for one in notes] == [
            (NoteKind.INFORMANT, tips[1].id),
            (NoteKind.INFORMANT, None),
        ]
    assert [len(await told(talk, n)) for n in "123"] == [1, 2, 0]


async def test_a_checklist_belongs_to_its_step_and_a_tick_taken_back_stays_written(
    talk: Talk, library: Library
) -> None:
    officer, _ = await staff(talk)
    async with talk.database.write() as db:
        case = await cases.open_case(db, await a_tip(db, 1, said("ho-ten", "Tám")), KNOWN, officer, NOW)
        assert case.due_at == NOW + timedelta(days=KNOWN.steps["new"].days)
        first, second = (point.id for point in await tasks.checklist(db, case, KNOWN))
        assert await tasks.tick(db, case, KNOWN, frozenset({first, "no-such"}), officer, NOW) == [first]
        assert await tasks.tick(db, case, KNOWN, frozenset({second}), officer, NOW) == [first, second]
        assert [point.tick is not None for point in await tasks.checklist(db, case, KNOWN)] == [False, True]
        rows = (await db.scalars(select(CaseCheck))).all()
        assert [(row.item, row.undone_at is None) for row in rows] == [(first, False), (second, True)]
        await steps.move(db, library, KNOWN, case, CaseState.CLEARING, officer, LATER)
        assert not any(point.tick for point in await tasks.checklist(db, case, KNOWN))


async def test_what_is_late_is_told_to_whom_it_was_given_and_noted_once(
    talk: Talk, library: Library, config: Config
) -> None:
    officer, other = await staff(talk)
    async with talk.database.write() as db:
        for person, id in ((officer, "91"), (other, "92")):
            phone = await chats.known(db, Address("telegram", id), ChatKind.PRIVATE, "", NOW)
            (await db.get_one(Staff, person.id)).chat_id = phone.id
        tip = await a_tip(db, 1, said("ho-ten", "Tám"))
        case = await cases.open_case(db, tip, KNOWN, officer, NOW)
        free = await cases.open_case(db, tip, KNOWN, officer, NOW)
        free.assigned_id = None
        db.add(Task(kind=TaskKind.OTHER, case_id=case.id, assigned_id=other.id, due_at=NOW, created_at=NOW))
    late = NOW + timedelta(days=3)
    assert await deadlines.look(talk.database, library, config, late) == 3
    assert await deadlines.look(talk.database, library, config, late) == 0
    own, others = "\n".join(await told(talk, "91")), "\n".join(await told(talk, "92"))
    assert (case.code in own, case.code in others) == (True, False)
    assert (free.code in own, free.code in others) == (True, True)
    assert "1 việc đã quá hạn" in others


async def test_all_of_a_colleagues_work_is_handed_on(talk: Talk) -> None:
    officer, other = await staff(talk)
    async with talk.database.write() as db:
        case = await cases.open_case(db, await a_tip(db, 1, said("ho-ten", "Tám")), KNOWN, officer, NOW)
        db.add(Task(kind=TaskKind.OTHER, case_id=case.id, assigned_id=officer.id, due_at=NOW, created_at=NOW))
        db.add(Task(kind=TaskKind.OTHER, assigned_id=officer.id, due_at=NOW, created_at=NOW, done_at=NOW))
        all_ = (Case.id > 0, Task.id > 0)
        assert await tasks.hand_on(db, officer, other, *all_, other, NOW) == (1, 1)
        assert case.assigned_id == other.id
        mine, number = await tasks.open_tasks(db, Task.assigned_id == other.id, 10)
        assert ([code for _, code, _, _, _ in mine], number) == ([case.code], 1)
        assert await tasks.open_tasks(db, Task.id > 0, 10, leave_out=other.id) == ([], 0)


async def test_nothing_sealed_is_in_the_words_a_case_is_found_by(talk: Talk) -> None:
    officer, _ = await staff(talk)
    async with talk.database.write() as db:
        answers = [said("ho-ten", "Tám"), said("noi-chon", "Đồi 42"), said("dien-thoai", "0912345678")]
        tip = await a_tip(db, 1, *answers, said("nguoi-ke", "Trần Văn B"), said("dia-chi", "Tổ 3"))
        case = await cases.open_case(db, tip, KNOWN, officer, NOW)
        await cases.decide(db, case, KNOWN, "noi-chon", None, "Đồi 43", "bản đồ", officer, NOW)
        assert case.search == f"{case.code.lower()} tam"
        assert all(one.said_by == "Trần Văn B" for one in await db.scalars(select(Claim)))
