"""A case from the first tip to the conclusion: claims side by side, decisions undone, hand-overs with consent."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import HOME, chats
from bot.cases import cases, handovers, steps, worklist
from bot.cases.claims import SHIPPED, fields
from bot.cases.exports import Wanted
from bot.cases.identity import may_be_said
from bot.config import Config
from bot.library import Library
from bot.messages import Address
from bot.models import (
    Case,
    CaseState,
    ChatKind,
    Conclusion,
    Delivery,
    Ground,
    HandoverState,
    Role,
    Source,
    Staff,
    Tip,
    TipState,
    Unit,
    UnitKind,
)
from bot.staff import Act
from scheduler import deadlines
from tests.conftest import NOW
from tests.talk import Talk

KNOWN = fields(SHIPPED.parent)
STORY = "Năm 72 tôi chôn một đồng đội gần suối"


async def a_tip(talk: Talk, chat: str, *words: str) -> int:
    """Told to the end; its id."""
    for said in ("báo tin", "Tôi đồng ý", *words):
        await talk.say(said, chat=chat)
    async with talk.database.write() as db:
        tip = (await db.scalars(select(Tip).order_by(Tip.id.desc()).limit(1))).one()
        tip.state, tip.code, tip.told_at = TipState.NEW, f"4829157{chat[-1]}", NOW
        return tip.id


async def staff(talk: Talk, number: int = 2) -> list[Staff]:
    async with talk.database.write() as db:
        ward = Unit(code="p", name="Phường", kind=UnitKind.WARD)
        db.add(ward)
        await db.flush()
        people = [
            Staff(
                unit_id=ward.id,
                login=f"q{n}",
                name=f"Cán bộ {n} (ví dụ)",
                role=Role.MILITARY,
                password_hash="x",
                created_at=NOW,
            )
            for n in range(number)
        ]
        db.add_all(people)
    return people


async def told(talk: Talk, chat: str) -> list[str]:
    async with talk.database.read() as db:
        rows = await db.scalars(select(Delivery).order_by(Delivery.id))
        return [row.message["text"] for row in rows if row.message and row.chat.address == f"telegram:{chat}"]


async def test_what_two_people_tell_of_one_grave_stands_side_by_side(talk: Talk) -> None:
    (officer, _), one, two = await staff(talk), await a_tip(talk, "1", STORY), await a_tip(talk, "2", "Mộ bên đồi")
    async with talk.database.write() as db:
        case = await cases.open_case(db, await db.get_one(Tip, one), KNOWN, officer, NOW)
        await cases.attach(db, case, await db.get_one(Tip, two), KNOWN, officer, NOW)
        await cases.attach(db, case, await db.get_one(Tip, two), KNOWN, officer, NOW)
        assert case.code == "HS-2026-0001"
        assert [claim.words for claim in await cases.claims_of(db, case) if claim.field == "chuyen"] == [
            STORY,
            "Mộ bên đồi",
        ]
        assert [tip.id for tip in await cases.tips_of(db, case)] == [one, two]


async def test_who_would_not_say_his_name_is_not_called_by_the_words_he_passed_over_it_with(talk: Talk) -> None:
    (officer, _), tip = await staff(talk), await a_tip(talk, "1", STORY, "tôi chỉ biết thế thôi", "bỏ qua")
    async with talk.database.write() as db:
        case = await cases.open_case(db, await db.get_one(Tip, tip), KNOWN, officer, NOW)
        assert {one.said_by for one in await cases.claims_of(db, case)} == {""}


async def test_words_that_say_whose_remains_they_are_wait_for_the_release(talk: Talk) -> None:
    (one, two), id = await staff(talk), await a_tip(talk, "1", STORY)
    async with talk.database.write() as db:
        tip = await db.get_one(Tip, id)
        case = await cases.open_case(db, tip, KNOWN, one, NOW)
        words = "Đây là phần mộ gia đình bác tìm."
        assert await may_be_said(db, tip, "Bác nhớ thêm tên suối không ạ?")
        assert not await may_be_said(db, tip, words)
        case.state = CaseState.CONCLUDED
        assert not await may_be_said(db, tip, words)
        await steps.release(db, case, one, NOW)
        assert not await may_be_said(db, tip, words)
        await steps.release(db, case, two, NOW)
        assert await may_be_said(db, tip, words)


async def test_a_decision_has_a_name_and_a_reason_and_is_undone_without_a_trace_being_lost(talk: Talk) -> None:
    (officer, _), tip = await staff(talk), await a_tip(talk, "1", STORY)
    async with talk.database.write() as db:
        case = await cases.open_case(db, await db.get_one(Tip, tip), KNOWN, officer, NOW)
        heard = await cases.claim(db, case, KNOWN, "ho-ten", "Nguyễn Văn Tám", officer, NOW, source=Source.HEARD)
        first = await cases.decide(db, case, KNOWN, "ho-ten", heard, "", "nghe rõ", officer, NOW)
        second = await cases.decide(db, case, KNOWN, "ho-ten", None, "Tám", "chỉ chắc tên", officer, NOW)
        assert (await cases.best(db, case))["ho-ten"] is second
        await cases.undo(db, case, KNOWN, second, officer, NOW)
        assert (await cases.best(db, case))["ho-ten"] is first
        assert len(await cases.decisions_of(db, case)) == 2
        assert "nguyen van tam" in case.search
        await cases.withdraw(db, case, KNOWN, heard, officer, NOW)
        assert not await cases.best(db, case)
        assert heard in await cases.claims_of(db, case)
        assert "nguyen van tam" not in case.search


async def test_merged_cases_show_together_and_are_taken_apart_again(talk: Talk) -> None:
    (officer, _), one, two = await staff(talk), await a_tip(talk, "1", STORY), await a_tip(talk, "2", "Mộ bên đồi")
    async with talk.database.write() as db:
        first = await cases.open_case(db, await db.get_one(Tip, one), KNOWN, officer, NOW)
        second = await cases.open_case(db, await db.get_one(Tip, two), KNOWN, officer, NOW)
        apart = len(await cases.claims_of(db, first))
        await cases.merge(db, second, first, KNOWN, NOW)
        assert [tip.id for tip in await cases.tips_of(db, first)] == [one, two]
        assert len(await cases.claims_of(db, first)) > apart
        with pytest.raises(ValueError, match="circle"):
            await cases.merge(db, first, second, KNOWN, NOW)
        await cases.unmerge(db, second, KNOWN, NOW)
        assert len(await cases.claims_of(db, first)) == apart


async def test_a_case_goes_its_way_and_the_informant_reads_a_sentence_at_each_step(
    talk: Talk, library: Library
) -> None:
    (officer, other), tip = await staff(talk), await a_tip(talk, "1", STORY)
    async with talk.database.write() as db:
        case = await cases.open_case(db, await db.get_one(Tip, tip), KNOWN, officer, NOW)
        await steps.move(db, library, KNOWN, case, CaseState.ENOUGH, officer, NOW)
        with pytest.raises(ValueError, match="enough"):
            await steps.move(db, library, KNOWN, case, CaseState.CONCLUDED, officer, NOW)
        given = await handovers.send(db, library, KNOWN, case, CaseState.WITH_MILITARY, "", officer, NOW)
        assert given.ground == Ground.CONSENT
        with pytest.raises(ValueError, match="not answered"):
            await steps.conclude(db, library, KNOWN, case, Conclusion.FOUND, officer, NOW)
        with pytest.raises(ValueError, match="answered"):
            await handovers.answer(db, library, KNOWN, case, given, HandoverState.ANSWERED, "x", officer, NOW)
        for state in (HandoverState.RECEIVED, HandoverState.ACCEPTED):
            await handovers.answer(db, library, KNOWN, case, given, state, "", officer, NOW)
        await handovers.answer(
            db, library, KNOWN, case, given, HandoverState.RETURNED, "Hỏi thêm dấu vết", officer, NOW
        )
        assert case.state == CaseState.RETURNED
        assert await handovers.ask_informants(db, library, case, "Phường", "Gốc cây còn không?", officer, NOW) == 1
        again = await handovers.send(db, library, KNOWN, case, CaseState.WITH_MILITARY, "", officer, NOW)
        for done, words in (("received", ""), ("accepted", ""), ("answered", "Đã khảo sát")):
            await handovers.answer(db, library, KNOWN, case, again, HandoverState(done), words, officer, NOW)
        await steps.conclude(db, library, KNOWN, case, Conclusion.NOT_CONFIRMED, officer, NOW)
        assert not cases.identity_released(case)
        assert not await steps.release(db, case, officer, NOW)
        with pytest.raises(ValueError, match="release"):
            await steps.release(db, case, officer, NOW)
        assert await steps.release(db, case, other, NOW)
    heard = await told(talk, "1")
    assert any("đủ thông tin" in words for words in heard)
    assert any("Gốc cây còn không?" in words for words in heard)
    assert "kết luận" in heard[-1]


async def test_nothing_is_handed_on_without_consent_unless_the_law_is_named(talk: Talk, library: Library) -> None:
    (officer, _), tip = await staff(talk), await a_tip(talk, "1", STORY)
    async with talk.database.write() as db:
        case = await cases.open_case(db, await db.get_one(Tip, tip), KNOWN, officer, NOW)
        await steps.move(db, library, KNOWN, case, CaseState.ENOUGH, officer, NOW)
        for consent in (await db.get_one(Tip, tip)).consents:
            consent.withdrawn_at = NOW
        with pytest.raises(PermissionError):
            await handovers.send(db, library, KNOWN, case, CaseState.WITH_MILITARY, "", officer, NOW)
        given = await handovers.send(
            db, library, KNOWN, case, CaseState.WITH_MILITARY, "NĐ 131/2021 Đ.138", officer, NOW
        )
        assert given.ground == Ground.LAW


async def test_what_is_lost_first_stands_first_with_its_reason(talk: Talk) -> None:
    (officer, _) = await staff(talk)
    marks: list[dict[str, Any]] = [
        {},
        {"only_witness": True},
        {"witness_ill": True},
        {"witness_age": 88},
        {"due_at": NOW - timedelta(days=3)},
    ]
    async with talk.database.write() as db:
        for number, mark in enumerate(marks):
            row = Case(
                code=f"HS-2026-{number:04}", state=CaseState.CLEARING, state_since=NOW, created_at=NOW, changed_at=NOW
            )
            for name, value in mark.items():
                setattr(row, name, value)
            db.add(row)
        db.add(Case(code="HS-2026-0009", state=CaseState.CONCLUDED, witness_ill=True, state_since=NOW, created_at=NOW,
                    changed_at=NOW))  # fmt: skip
    async with talk.database.read() as db:
        rows, total = await worklist.page(db, Wanted(), officer.id, Case.id > 0, NOW, 1)
    assert total == 6
    assert [case.code[-1] for case, _ in rows] == ["2", "3", "1", "4", "0", "9"]
    assert [[why.key for why in worklist.reasons(case, NOW)] for case, _ in rows] == [
        ["ill"], ["age"], ["only"], ["overdue"], [], [],
    ]  # fmt: skip


def test_every_state_leads_on_and_what_is_concluded_is_opened_again_only_with_a_reason() -> None:
    assert {step.came for step in steps.STEPS} == set(CaseState)
    (again,) = [step for step in steps.STEPS if step.came == CaseState.CONCLUDED]
    assert (again.needs, again.who) == (steps.Needs.REASON, Act.RELEASE)
    reached, frontier = {CaseState.NEW}, [CaseState.NEW]
    while frontier:
        came = frontier.pop()
        for step in steps.STEPS:
            if step.came == came and step.to not in reached:
                reached.add(step.to)
                frontier.append(step.to)
    assert reached == set(CaseState)


async def test_what_is_late_is_told_once_and_a_new_step_begins_anew(
    talk: Talk, library: Library, config: Config
) -> None:
    (officer, _), tip = await staff(talk), await a_tip(talk, "1", STORY)
    async with talk.database.write() as db:
        phone = await chats.known(db, Address("telegram", "99"), ChatKind.PRIVATE, "", NOW)
        (await db.get_one(Staff, officer.id)).chat_id = phone.id
        case = await cases.open_case(db, await db.get_one(Tip, tip), KNOWN, officer, NOW)
        await steps.move(db, library, KNOWN, case, CaseState.CLEARING, officer, NOW)
    late = NOW + timedelta(days=KNOWN.steps[CaseState.CLEARING].days, hours=1)
    assert await deadlines.look(talk.database, library, config, NOW) == 0
    assert await deadlines.look(talk.database, library, config, late) == 1
    assert await deadlines.look(talk.database, library, config, late) == 0
    assert [words for words in await told(talk, "99") if "HS-2026-0001" in words]
    async with talk.database.write() as db:
        await steps.move(db, library, KNOWN, await db.get_one(Case, case.id), CaseState.ENOUGH, officer, late)
    assert await deadlines.look(talk.database, library, config, late + timedelta(days=6)) == 1


def test_nothing_ever_deletes_a_case_or_what_belongs_to_it() -> None:
    """The program has no words for it: no DELETE on these tables anywhere."""
    kept = ("Case", "CaseTip", "CaseCheck", "Claim", "Decision", "Handover", "CaseNote", "Tip", "TipAnswer", "TipFile")
    words = re.compile(rf"\bdelete\(({'|'.join(kept)})\)")
    found = [
        f"{path.relative_to(HOME)}: {match[0]}"
        for room in ("bot", "handlers", "scheduler")
        for path in (HOME / room).rglob("*.py")
        for match in words.finditer(path.read_text("utf-8"))
    ]
    assert found == []
