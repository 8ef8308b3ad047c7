"""The hand-over package: whole or not, whatever was done to it on the way."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import pyzipper

from bot import HOME, migrations, staff
from bot.cases.packages import make
from bot.cases.packing import safe
from bot.cases.verifying import verify
from bot.db import Database
from bot.models import Case, Role, Staff
from bot.press.values import PressError
from tests.case_contents import AT, NASTY, PHOTO, contents, keep, mistakes, original, press
from tests.conftest import VAULT


@pytest.fixture
def media(tmp_path: Path) -> Path:
    (tmp_path / "media").mkdir()
    return tmp_path / "media"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read by many tests, changed by none."""
    room = tmp_path_factory.mktemp("package")
    sha256 = keep(room / "media", PHOTO)
    sampling = original("0" * 64, 18, "mau.jpg", quarantined="sampling", gap="sampling")
    make(room / "goi.zip", contents(original(sha256), sampling), press(room / "media"))
    return room / "goi.zip"


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as book:
        return book.namelist()


def flaws(path: Path, password: str = "") -> list[tuple[str, str]]:
    return [(flaw.what, flaw.about) for flaw in verify(path, password).flaws]


def again(path: Path, into: Path, change: Any) -> Path:
    """The same zip with `change`(name, bytes) -> bytes, or None to leave a file out."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(into, "w") as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return into


def test_a_package_holds_forms_data_originals_and_is_whole(package: Path) -> None:
    verdict = verify(package)
    assert verdict.flaws == ()
    assert verdict.whole
    assert verdict.manifest["counts"]["originals"] == 1
    assert set(names(package)) == {
        "DOC-TRUOC.txt",
        "SHA256SUMS",
        "ke-khai.json",
        "ban-goc/48291576/17-Ảnh mộ _đồi 42_.JPG",
        "du-lieu/ho-so.json",
        "du-lieu/ho-so.xlsx",
        "du-lieu/case.schema.json",
        "du-lieu/chuoi-luu-giu.csv",
        "phieu/Phiếu cung cấp thông tin 48291576.docx",
        "ho-so/Hồ sơ HS-2026-0012.docx",
        "ho-so/BM01-QT01-01-HCLS HS-2026-0012.docx",
        "ho-so/BM02-QT01-01-HCLS HS-2026-0012.docx",
        "ho-so/BM03-QT01-01-HCLS HS-2026-0012.docx",
    }


def test_the_data_is_as_the_schema_has_it_and_the_schema_refuses_what_is_not(package: Path) -> None:
    with zipfile.ZipFile(package) as book:
        data = json.loads(book.read("du-lieu/ho-so.json"))
        schema = json.loads(book.read("du-lieu/case.schema.json"))
    assert mistakes(data, schema) == []
    assert data["fields"][0]["stated"][0]["words"] == NASTY
    assert mistakes({**data, "danh_tinh": "x"}, schema)
    assert mistakes({**data, "state": "là liệt sĩ"}, schema)
    assert mistakes({key: value for key, value in data.items() if key != "notice"}, schema)


def test_what_is_missing_is_named(package: Path) -> None:
    with zipfile.ZipFile(package) as book:
        gaps = {(gap["what"], gap["about"]) for gap in json.loads(book.read("ke-khai.json"))["gaps"]}
        read_me = book.read("DOC-TRUOC.txt").decode("utf-8-sig")
    assert ("unanswered", "Năm sinh") in gaps
    assert any(what == "sampling" and "#18" in about for what, about in gaps)
    assert "niêm giữ, không đưa vào gói" in read_me
    assert "đã rút sự đồng ý" in read_me


def test_an_original_that_is_gone_or_changed_is_a_gap_and_not_a_stop(tmp_path: Path, media: Path) -> None:
    sha256 = keep(media, PHOTO)
    (media / sha256[:2] / sha256).write_bytes(b"somebody wrote over it")
    made = make(tmp_path / "goi.zip", contents(original(sha256), original("1" * 64, 19)), press(media))
    assert [one.gap for one in made.originals] == ["changed", "lost"]
    assert verify(tmp_path / "goi.zip").whole
    assert not any(name.startswith("ban-goc/") for name in names(tmp_path / "goi.zip"))


def test_the_sheet_of_a_package_has_no_formula_and_names_its_count(package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package) as book:
        (tmp_path / "ho-so.xlsx").write_bytes(book.read("du-lieu/ho-so.xlsx"))
    read = openpyxl.load_workbook(tmp_path / "ho-so.xlsx")
    assert not [cell for sheet in read for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert "Thông tin do người cung cấp nêu" in [cell.value for cell in read["Thông tin"][1]]
    note = {row[0].value: row[1].value for row in read["Thông tin tệp"].iter_rows()}
    assert note["Số dòng dữ liệu"] == read["Thông tin"].max_row - 1 == 5


def test_whatever_is_changed_on_the_way_is_found(package: Path, tmp_path: Path) -> None:
    for name in names(package):
        changed = again(package, tmp_path / "x.zip", lambda at, data, name=name: data + b" " if at == name else data)
        assert not verify(changed).whole, name
        gone = again(package, tmp_path / "x.zip", lambda at, data, name=name: None if at == name else data)
        assert ("missing", name) in flaws(gone), name


def test_what_is_put_beside_is_found(package: Path, tmp_path: Path) -> None:
    for name in ("ban-goc/48291576/them.jpg", "../ngoai.txt", "C:\\x.txt"):
        added = again(package, tmp_path / "x.zip", lambda _, data: data)
        with zipfile.ZipFile(added, "a") as book:
            book.writestr(name, b"x")
        found = dict(flaws(added))
        assert "beside" in found
        assert ("unsafe" in found) == (not name.startswith("ban-goc/"))


def test_counts_that_do_not_agree_are_found(package: Path, tmp_path: Path) -> None:
    def fewer(name: str, data: bytes) -> bytes:
        if name == "ke-khai.json":
            stated = json.loads(data)
            stated["counts"]["claims"] += 1
            return json.dumps(stated).encode()
        return data

    assert any(what == "count" and "claims" in about for what, about in flaws(again(package, tmp_path / "x", fewer)))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 half", b"\x00" * 500], ids=["empty", "half", "zeros"])
def test_what_is_no_package_at_all_is_told_so(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    assert flaws(tmp_path / "x.zip") == [("not_a_zip", "")]


def test_another_zip_is_not_a_package(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as book:
        book.writestr("a.txt", "a")
    assert flaws(tmp_path / "x.zip") == [("missing", "SHA256SUMS")]


def test_a_package_with_a_password_opens_with_it_only_and_tells_no_name_without(tmp_path: Path, media: Path) -> None:
    path = tmp_path / "goi.zip"
    make(path, contents(original(keep(media, PHOTO))), press(media), password="mật khẩu dài")
    assert verify(path, "mật khẩu dài").flaws == ()
    assert flaws(path) == [("password", "")]
    assert flaws(path, "sai") == [("wrong_password", "")]
    assert "ban-goc/48291576/17.jpg" in names(path)
    with pyzipper.AESZipFile(path) as book:
        assert all(entry.wz_aes_strength == 3 for entry in book.infolist()), "AES-256"
    assert NASTY.encode() not in path.read_bytes()


def test_the_same_contents_at_the_same_moment_have_the_same_names_and_sums(tmp_path: Path, media: Path) -> None:
    kept = contents(original(keep(media, PHOTO)))
    for name in ("a.zip", "b.zip"):
        make(tmp_path / name, kept, press(media))
    assert names(tmp_path / "a.zip") == names(tmp_path / "b.zip")


def test_a_broken_template_leaves_no_half_package(tmp_path: Path, media: Path) -> None:
    forms = tmp_path / "content" / "press" / "forms"
    forms.mkdir(parents=True)
    (forms / "bm01.docx").write_bytes(b"no Word file")
    with pytest.raises(PressError):
        make(tmp_path / "goi.zip", contents(), press(media, tmp_path / "content"))
    assert not (tmp_path / "goi.zip").exists()
    assert {one.name for one in tmp_path.iterdir()} == {"content", "media"}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\ảnh mộ.jpg", "ảnh mộ.jpg"),
        ("CON.txt", "_CON.txt"),
        ("a\x00b\u202egpj.exe", "a_b_gpj.exe"),
        ("a" * 300 + ".jpeg", "a" * 75 + ".jpeg"),
        (" . ", ""),
        ("Sơ đồ «mộ» 1/2.png", "2.png"),
    ],
)
def test_a_name_leaves_no_folder_and_keeps_its_accents(name: str, kept: str) -> None:
    assert safe(name) == kept


async def test_a_package_is_made_and_verified_on_the_command_line(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'trian.db'}", VAULT)
    await migrations.upgrade(database)
    async with database.write() as db:
        ward = await staff.home_or_new(db, "Phường")
        for login, role in (("lan", Role.MILITARY), ("mai", Role.WRITER)):
            db.add(Staff(login=login, name=login, role=role, unit=ward, password_hash="x", created_at=AT))
        db.add(Case(code="HS-2026-0001", unit_id=ward.id, state_since=AT, created_at=AT, changed_at=AT))
    await database.close()
    config = '[service]\nkey = "a key for the tests"\n[database]\nurl = "sqlite+aiosqlite:///{}"\n'
    (tmp_path / "config.toml").write_text(config.format(tmp_path / "trian.db"))

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", "--config", str(tmp_path / "config.toml"), "packages", "make", *more]
        return subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)

    made = run("HS-2026-0001", "--by", "lan", "--into", str(tmp_path / "goi.zip"), "--password", "mật khẩu dài")
    assert made.returncode == 0, made.stderr
    verdict = verify(tmp_path / "goi.zip", "mật khẩu dài")
    assert verdict.whole
    assert verdict.sha256 in made.stdout
    assert run("HS-2026-0001", "--by", "mai", "--into", str(tmp_path / "x.zip")).returncode == 2
    assert "HS-1" in run("HS-1", "--by", "lan", "--into", str(tmp_path / "x.zip")).stderr


def test_the_command_verifies_without_a_database_in_sentences(package: Path, tmp_path: Path) -> None:
    def run(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", "packages", "verify", *more]
        return subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)

    (tmp_path / "config.toml").write_text('[database]\nurl = "postgresql+psycopg://nobody@127.0.0.1:1/none"\n')
    good = run(str(package), "--config", str(tmp_path / "config.toml"))
    assert good.returncode == 0, good.stderr
    assert "nguyên vẹn" in good.stdout
    changed = again(package, tmp_path / "x.zip", lambda at, data: data + b"x" if at == "DOC-TRUOC.txt" else data)
    bad = run(str(changed))
    assert bad.returncode == 1
    assert "Tệp đã bị thay đổi hoặc hỏng: DOC-TRUOC.txt" in bad.stdout
    assert run(str(tmp_path / "nowhere.zip")).returncode == 2
