"""The command line: Vietnamese, JSON where a program reads it, exit 2 with one sentence on misuse."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bot import HOME


@pytest.fixture
def trian(tmp_path: Path, database_url: str) -> "Trian":
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "{database_url}"\n', "utf-8")
    return Trian(tmp_path)


class Trian:
    """`python -m bot …` with a configuration of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments, "--config", str(self.folder / "config.toml")],
            cwd=HOME,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def csv(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, "utf-8")
        return str(self.folder / name)


def test_units_groups_and_a_broadcast_from_the_command_line(trian: Trian) -> None:
    units = trian.csv("u.csv", "code,name,kind,parent\np,Phường,ward,\nto-1,Tổ 1,neighbourhood,p\n")
    assert trian("units", "import", units)[0] == 0
    groups = trian.csv(
        "c.csv", "address,name,unit,topics\ntelegram:-1001234,Nhóm,to-1,\nzalo_bot:zgr-1,Nhóm Z,to-1,adn\n"
    )
    assert trian("chats", "import", groups)[0] == 0
    listed = json.loads(trian("chats", "list", "--json")[1])
    assert [one["address"] for one in listed] == ["telegram:-1001234", "zalo_bot:zgr-1"]
    code, out, _ = trian("broadcast", "chien-dich-la-gi", "--to", "unit:to-1", "--at", "2027-01-05T08:00")
    assert code == 0
    number = out.strip().splitlines()[-1]
    shown = json.loads(trian("deliveries", number, "--json")[1])
    assert shown["broadcast"] == int(number)
    assert set(shown["counts"]) == {"pending", "sending", "sent", "unknown", "failed", "cancelled"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("broadcast", "khong-co"), "Không có bài «khong-co»"),
        (("broadcast", "chien-dich-la-gi", "--to", "unit:x"), "Không có đơn vị «x»"),
        (("broadcast", "chien-dich-la-gi", "--at", "mai"), "2026-12-22T07:00"),
        (("deliveries", "99"), "Không có đợt gửi số 99"),
        (("tips", "show", "12345678"), "Không có tin nào"),
        (("chats", "enroll", "facebook:1", "--unit", "p"), "các kênh: telegram, zalo_bot, web"),
        (("no-such-command",), "Lệnh viết chưa đúng"),
    ],
)
def test_misuse_is_one_sentence_and_exit_2(trian: Trian, arguments: tuple[str, ...], words: str) -> None:
    code, _, error = trian(*arguments)
    assert code == 2
    assert words in error
    assert len(error.strip().splitlines()) == 1


def test_a_bad_line_of_a_file_is_named_and_nothing_of_the_file_is_taken(trian: Trian) -> None:
    units = trian.csv("u.csv", "code,name,kind,parent\np,Phường,ward,\n")
    trian("units", "import", units)
    groups = trian.csv("c.csv", "address,name,unit,topics\ntelegram:-1,A,p,\ntelegram:-2,B,q,\n")
    code, _, error = trian("chats", "import", groups)
    assert (code, "c.csv:3" in error) == (2, True)
    assert json.loads(trian("chats", "list", "--json")[1]) == []


def test_check_finds_nothing_wrong_with_what_is_shipped(trian: Trian) -> None:
    code, out, _ = trian("check")
    assert code == 0, out
    assert "Không thấy chỗ nào cần sửa" in out


def test_check_names_what_of_the_contact_is_empty_and_calls_it_no_mistake(trian: Trian) -> None:
    code, out, told = trian("check")
    assert code == 0, out
    assert "điện thoại Công an (police)" in told
    contact = (
        "military = '0225 000 0001'\npolice = '113'\ncommittee = '0225 000 0003'\naddress = 'Số 1'\nhours = 'sáng'"
    )
    (trian.folder / "config.toml").write_text(f"[contact]\n{contact}\n", "utf-8")
    code, _, told = trian("check")
    assert (code, "Công an" in told) == (0, False)


def test_check_warns_of_emergency_words_that_nobody_has_approved_and_calls_it_no_mistake(trian: Trian) -> None:
    code, out, told = trian("check")
    assert (code, "emergencies.toml chưa được duyệt" in told) == (0, True), out


def test_check_tells_the_file_the_line_and_the_mistake_and_exits_1(trian: Trian) -> None:
    shutil.copytree(HOME / "content", trian.folder / "content")
    (trian.folder / "config.toml").write_text('[service]\ncontent = "content"\n', "utf-8")
    slogans = trian.folder / "content" / "slogans.toml"
    slogans.write_text(slogans.read_text("utf-8").replace("source", "sourse", 1), "utf-8")
    code, out, _ = trian("check")
    assert code == 1
    assert re.match(r"slogans.toml:\d+: ", out), out


def test_a_database_that_cannot_be_reached_is_one_sentence(trian: Trian) -> None:
    config = '[database]\nurl = "postgresql+psycopg://nobody@127.0.0.1:1/none"\n'
    (trian.folder / "config.toml").write_text(config, "utf-8")
    code, _, error = trian("units", "list")
    assert code == 1
    assert error.startswith("Không mở được cơ sở dữ liệu")
    assert len(error.strip().splitlines()) == 1


def test_staff_are_added_with_a_password_that_is_shown_once(trian: Trian) -> None:
    trian("units", "import", trian.csv("u.csv", "code,name,kind,parent\np,Phường,ward,\n"))
    code, out, _ = trian("staff", "add", "lan.vidu", "--name", "Lan (ví dụ)", "--role", "writer", "--unit", "p")
    assert code == 0
    assert "Mật khẩu" in out
    assert "Mật khẩu" not in trian("staff", "list")[1]


def test_without_units_everything_belongs_to_the_ward_of_the_configuration(trian: Trian) -> None:
    assert trian("chats", "import", trian.csv("c.csv", "address,name,unit,topics\ntelegram:-1,Nhóm,,\n"))[0] == 0
    assert [(one["code"], one["kind"]) for one in json.loads(trian("units", "list", "--json")[1])] == [
        ("phuong", "ward")
    ]
    assert [one["unit"] for one in json.loads(trian("chats", "list", "--json")[1])] == ["phuong"]
