"""What leaves: lists of exactly the filter's rows, made in the background, and packages of cases of the database."""

import csv
import json
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from bot.cases.verifying import verify
from bot.models import (
    AuditEntry,
    Case,
    CaseState,
    CaseTip,
    Claim,
    Consent,
    Decision,
    Export,
    FileState,
    Handover,
    Person,
    Staff,
    Tip,
    TipAnswer,
    TipFile,
    TipState,
)
from scheduler.exporting import KEPT, export_waiting
from tests.case_contents import NASTY, mistakes
from tests.dashboard_site import NOON, PNG, Site, library
from tests.dashboard_site import open_site as open_site

PLACE = "Đồi 42 bên suối Đá Bàn"
PHONE = "+84 912 345 678"
NAMES = ["Đỗ Dũng", "An", "Ân", NASTY, "=1+1", ""]
TURNED_BACK = "Lời của người đã rút đồng ý"


async def staff(db: Any, login: str = "military") -> Staff:
    found: Staff = (await db.scalars(select(Staff).where(Staff.login == login))).one()
    return found


async def furnish(site: Site) -> list[int]:
    """A case for each of NAMES in the ward, the last in the second neighbourhood and merged away beside it one more."""
    async with site.database.write() as db:
        officer, ids = await staff(db), []
        for number, name in enumerate(NAMES, 1):
            case = Case(code=f"HS-2026-{number:04d}", unit_id=site.ids["unit_1"], state=CaseState.NEW)
            case.state_since = case.created_at = case.changed_at = NOON - timedelta(days=number)
            case.search, case.area = f"loat thu {number}{number}", "tỉnh Quảng Trị"
            db.add(case)
            await db.flush()
            ids.append(case.id)
            if name:
                db.add_all([claim(case, "ho-ten", name), claim(case, "noi-chon", PLACE)])
        case.unit_id, case.state, case.assigned_id = site.ids["unit_2"], CaseState.CLEARING, officer.id
        merged = Case(code="HS-2026-0099", unit_id=site.ids["unit_1"], merged_into_id=ids[0])
        merged.state_since = merged.created_at = merged.changed_at = NOON
        db.add(merged)
        await tell(db, site, ids[3], officer)
        return ids


def claim(case: Case, field: str, words: str, **more: Any) -> Claim:
    return Claim(case_id=case.id, field=field, words=words, said_by=NASTY, value={"kind": "words"}, at=NOON, **more)


async def tell(db: Any, site: Site, case_id: int, officer: Staff) -> None:
    """Two tips of one case: one with a photo, a sampling picture and a lost voice; one that was taken back."""
    tip = await db.get_one(Tip, site.ids["tip"])
    tip.people.append(Person(role="witness", name=NASTY, phone=PHONE))
    photo = (await db.scalars(select(TipFile).where(TipFile.id == site.ids["file_tip"]))).one()
    sampling = TipFile(channel="telegram", attachment={"kind": "photo"}, state=FileState.KEPT, quarantined="sampling")
    sampling.sha256, sampling.mime, sampling.size, sampling.kept_at = photo.sha256, "image/png", len(PNG), NOON
    sampling.answer_id = photo.answer_id
    db.add(sampling)
    gone = Tip(chat_id=site.ids["chat_veteran"], code="33CC-33CC", state=TipState.WITHDRAWN)
    gone.started_at = gone.changed_at = gone.told_at = NOON
    said = TipAnswer(field="ho-ten", said=TURNED_BACK, understood={"kind": "words"}, at=NOON, files=[])
    taken = Consent(notice_version="1", notice="x", said="x", given=True, at=NOON, withdrawn_at=NOON)
    gone.answers, gone.consents, gone.people = [said], [taken], []
    db.add(gone)
    await db.flush()
    case = await db.get_one(Case, case_id)
    db.add(claim(case, "ho-ten", TURNED_BACK, tip_id=gone.id))
    kept = claim(case, "ho-ten", "Đức còi", tip_id=tip.id)
    db.add(kept)
    await db.flush()
    decided = Decision(case_id=case_id, field="ho-ten", claim_id=kept.id, reason="có giấy báo tử", at=NOON)
    decided.staff_id = officer.id
    links = [CaseTip(case_id=case_id, tip_id=one.id, staff_id=officer.id, at=NOON) for one in (tip, gone)]
    db.add_all([decided, *links])


async def work(site: Site, now: datetime = NOON) -> int:
    return await export_waiting(site.database, library(), site.config, now)


async def asked(site: Site, login: str = "military", **fields: Any) -> Export:
    """A list asked for on the page and made."""
    async with site.signed_in(login) as browser:
        answer = await browser.post("/can-bo/xuat", **{"loai": "excel", "tim": "loạt", **fields})
        assert answer.status == 303, answer.words
    await work(site)
    export: Export = (await site.all(select(Export).order_by(Export.id.desc()).limit(1)))[0]
    return export


def rows(site: Site, export: Export) -> list[list[Any]]:
    read = openpyxl.load_workbook(site.config.data / "exports" / export.file)
    return [[cell.value for cell in row] for row in read["Hồ sơ"].iter_rows()]


def note(site: Site, export: Export) -> dict[str, Any]:
    read = openpyxl.load_workbook(site.config.data / "exports" / export.file)
    return {row[0].value: row[1].value for row in read["Thông tin tệp"].iter_rows()}


async def test_an_export_has_exactly_the_rows_of_the_filter_in_vietnamese_order(site: Site) -> None:
    await furnish(site)
    everything = await asked(site)
    at = rows(site, everything)[0].index("Họ và tên liệt sĩ (người cung cấp nêu)")
    named = [row[at] for row in rows(site, everything)[1:]]
    assert everything.rows == everything.done_rows == len(NAMES)
    assert named == ["=1+1", "An", "Ân", "Đỗ Dũng", "Đức còi", None]
    assert note(site, everything)["Số hồ sơ trong tệp"] == len(NAMES)
    one = await asked(site, tim="THỨ 22")
    assert [row[0] for row in rows(site, one)[1:]] == ["HS-2026-0002"]
    assert note(site, one)["Điều kiện lọc"] == "tìm «THỨ 22»"
    for fields in ({"trang-thai": "clearing"}, {"cua-toi": "1"}, {"don-vi": site.ids["unit_2"]}):
        assert [row[0] for row in rows(site, await asked(site, **fields))[1:]] == ["HS-2026-0006"], fields


async def test_an_export_holds_only_the_units_one_answers_for(site: Site) -> None:
    await furnish(site)
    export = await asked(site, "army-1")
    assert "HS-2026-0006" not in [row[0] for row in rows(site, export)]
    assert export.rows == len(NAMES) - 1


async def test_what_is_sealed_leaves_only_when_asked_for_and_it_is_written_down(site: Site) -> None:
    await furnish(site)
    plain, sealed = await asked(site), await asked(site, kin="1")
    assert PLACE not in str(rows(site, plain))
    assert PHONE not in str(rows(site, plain))
    assert "Không có" in note(site, plain)["Phần được giữ kín"]
    assert PLACE in str(rows(site, sealed))
    assert PHONE in str(rows(site, sealed))
    looks = await site.all(select(AuditEntry).where(AuditEntry.action == "export").order_by(AuditEntry.id))
    assert [look.detail["sealed"] for look in looks] == [False, True]


async def test_no_export_says_whose_remains_they_are_nor_what_was_taken_back(site: Site) -> None:
    await furnish(site)
    written = str(rows(site, await asked(site, kin="1")))
    assert "Họ và tên liệt sĩ (người cung cấp nêu)" in written
    assert "danh tính" not in written.casefold()
    assert TURNED_BACK not in written


async def test_a_csv_has_the_same_rows_and_its_count_at_the_end(site: Site) -> None:
    await furnish(site)
    for kind, separator in (("csv", ";"), ("csv-phay", ",")):
        export = await asked(site, loai=kind)
        with (site.config.data / "exports" / export.file).open(encoding="utf-8-sig", newline="") as file:
            read = list(csv.reader(file, delimiter=separator))
        at = read[0].index("Họ và tên liệt sĩ (người cung cấp nêu)")
        assert [row[at] for row in read[1 : len(NAMES) + 1]] == ["'=1+1", "An", "Ân", "Đỗ Dũng", "Đức còi", ""]
        assert ["Số hồ sơ trong tệp", "6"] in read
        assert read[1][5] == "18/11/2026"


async def test_a_file_is_downloaded_by_who_asked_for_it_and_by_nobody_else(site: Site) -> None:
    await furnish(site)
    export = await asked(site)
    async with site.signed_in("military") as browser:
        answer = await browser.get(f"/can-bo/xuat/{export.id}/tai")
        assert answer.status == 200
        assert answer.body == (site.config.data / "exports" / export.file).read_bytes()
        assert answer.headers["Content-Disposition"] == 'attachment; filename="ho-so-2026-11-23.xlsx"'
        assert export.sha256 in (await browser.get("/can-bo/xuat")).text
    async with site.signed_in("army-1") as browser:
        assert (await browser.get(f"/can-bo/xuat/{export.id}/tai")).status == 404
    async with site.signed_in("committee") as browser:
        assert (await browser.get("/can-bo/xuat")).status == 403
    assert len(await site.all(select(AuditEntry).where(AuditEntry.action == "download"))) == 1


async def test_after_a_week_the_file_is_gone_and_the_row_stays(site: Site) -> None:
    await furnish(site)
    export = await asked(site)
    path = site.config.data / "exports" / export.file
    await work(site, NOON + KEPT)
    assert path.exists()
    await work(site, NOON + KEPT + timedelta(seconds=1))
    assert not path.exists()
    async with site.signed_in("military") as browser:
        assert "Đã hết hạn" in (await browser.get("/can-bo/xuat")).words
        assert (await browser.get(f"/can-bo/xuat/{export.id}/tai")).status == 422


async def test_a_restart_in_the_middle_begins_again_and_ends(site: Site) -> None:
    await furnish(site)
    async with site.database.write() as db:
        officer = await staff(db)
        export = Export(kind="excel", wanted={"tim": "loat"}, state="working", done_rows=4, rows=9, staff_id=officer.id)
        export.created_at = NOON
        db.add(export)
    (site.config.data / "exports").mkdir()
    (site.config.data / "exports" / f"{export.id:06d}.half").write_bytes(b"half of a file")
    assert await work(site) == 1
    ended = (await site.all(select(Export)))[0]
    assert (ended.state, ended.rows, ended.done_rows) == ("done", len(NAMES), len(NAMES))
    assert len(rows(site, ended)) == len(NAMES) + 1
    assert [one.name for one in (site.config.data / "exports").iterdir()] == [ended.file]


async def test_who_may_no_longer_see_what_is_sealed_gets_a_sentence_instead(site: Site) -> None:
    async with site.database.write() as db:
        officer = await staff(db)
        db.add(Export(kind="excel", wanted={"kin": "1"}, state="waiting", staff_id=officer.id, created_at=NOON))
        officer.role = "approver"
    await work(site)
    ended = (await site.all(select(Export)))[0]
    assert (ended.state, ended.file) == ("failed", "")
    assert "không còn được giao" in ended.problem


async def test_bad_wishes_get_a_sentence(site: Site) -> None:
    ids = await furnish(site)
    async with site.signed_in("military") as browser:
        assert (await browser.post("/can-bo/xuat", loai="pdf")).status == 422
        path = f"/can-bo/ho-so/{ids[3]}/goi"
        short = await browser.post(path, ground="consent", to="with_515", password="ngắn", again="ngắn")
        assert "ít nhất 8 ký tự" in short.words
        twice = await browser.post(path, ground="consent", to="with_515", password="dài hơn tám", again="khác")
        assert "chưa giống nhau" in twice.words
        assert (await browser.post(path, ground="", to="with_515")).status == 422
        for _ in range(5):
            assert (await browser.post("/can-bo/xuat", loai="excel")).status == 303
        assert "chờ lập" in (await browser.post("/can-bo/xuat", loai="excel")).words
    async with site.signed_in("army-1") as browser:
        assert (await browser.post(f"/can-bo/ho-so/{ids[5]}/goi", ground="consent")).status == 404


async def package(site: Site, case: int, **fields: Any) -> tuple[Export, Path]:
    async with site.signed_in("military") as browser:
        answer = await browser.post(
            f"/can-bo/ho-so/{case}/goi", **{"ground": "consent", "to": "with_military", **fields}
        )
        assert answer.status == 303, answer.words
    await work(site)
    export: Export = (await site.all(select(Export).order_by(Export.id.desc()).limit(1)))[0]
    assert export.state == "done", export.problem
    return export, site.config.data / "exports" / export.file


def data_of(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as book:
        read: dict[str, Any] = json.loads(book.read("du-lieu/ho-so.json"))
        assert mistakes(read, json.loads(book.read("du-lieu/case.schema.json"))) == []
        return read


async def test_a_package_of_a_case_is_whole_and_its_gaps_are_named(site: Site) -> None:
    ids = await furnish(site)
    export, path = await package(site, ids[3])
    assert verify(path).whole
    data = data_of(path)
    name = next(one for one in data["fields"] if one["id"] == "ho-ten")
    assert [one["words"] for one in name["stated"]] == [NASTY, "Đức còi"]
    assert name["chosen"]["reason"] == "có giấy báo tử"
    assert TURNED_BACK not in str(data)
    assert {one["gap"] for one in data["originals"]} == {"", "failed", "sampling"}
    whats = {gap["what"] for gap in data["gaps"]}
    assert whats == {"withdrawn", "unanswered", "failed", "sampling"}
    assert {one["what"] for one in data["custody"]} == {"received", "kept", "look", "packed"} - {"look"}
    with zipfile.ZipFile(path) as book:
        originals = [name for name in book.namelist() if name.startswith("ban-goc/")]
        assert [book.read(name) for name in originals] == [PNG]
    assert originals[0].startswith("ban-goc/58K2-9QTM/")
    assert export.secret == ""


async def test_a_sampling_picture_leaves_only_when_it_is_asked_for(site: Site) -> None:
    ids = await furnish(site)
    _, path = await package(site, ids[3], sampling="1")
    assert sum(not one["gap"] for one in data_of(path)["originals"]) == 2


async def test_the_hand_over_a_package_is_made_for_knows_it_by_its_hash(site: Site) -> None:
    ids = await furnish(site)
    async with site.database.write() as db:
        officer = await staff(db)
        given = Handover(case_id=ids[3], to="with_515", ground="consent", staff_id=officer.id)
        given.sent_at = given.changed_at = NOON
        given.history = f"2026-11-23T06:00:00Z received staff:{officer.id}"
        db.add(given)
    export, path = await package(site, ids[3], to=f"handover:{given.id}", password="mật khẩu dài", again="mật khẩu dài")
    async with site.database.read() as db:
        assert (await db.get_one(Handover, given.id)).package_sha256 == export.sha256
    verdict = verify(path, "mật khẩu dài")
    assert verdict.whole
    assert verdict.sha256 == export.sha256
    assert "password" in [flaw.what for flaw in verify(path).flaws]


async def test_nothing_of_a_conclusion_leaves_before_two_people_released_it(site: Site) -> None:
    ids = await furnish(site)

    async def concluded(released_at: datetime | None) -> dict[str, Any]:
        async with site.database.write() as db:
            officer = await staff(db)
            case = await db.get_one(Case, ids[3])
            case.state, case.conclusion, case.released_at = CaseState.CONCLUDED, "found", released_at
            case.released_by_id, case.released_also_id = officer.id, (await staff(db, "approver")).id
            if released_at is None:
                given = Handover(case_id=case.id, to="with_515", ground="consent", staff_id=officer.id)
                given.state, given.words, given.sent_at, given.changed_at = "answered", "Đúng là anh Đức", NOON, NOON
                db.add(given)
        return data_of((await package(site, ids[3]))[1])

    before = await concluded(None)
    assert before["conclusion"] == ""
    assert "Đúng là anh Đức" not in str(before)
    after = await concluded(NOON)
    assert after["conclusion"] == "found"
    assert "Đúng là anh Đức" in str(after)


@pytest.mark.parametrize("path", ["/can-bo/xuat", "/can-bo/ho-so/{}/goi"])
async def test_the_pages_are_for_who_may_export(site: Site, path: str) -> None:
    ids = await furnish(site)
    for login, status in (("military", 200), ("approver", 403), ("admin", 403), ("head", 403)):
        async with site.signed_in(login) as browser:
            assert (await browser.get(path.format(ids[3]))).status == status, login
