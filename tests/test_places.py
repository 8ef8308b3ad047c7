"""What a place may be today: proposed with a reason, never guessed, and nothing where the names do not agree."""

import csv
import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import HOME
from bot.cases import places as offered
from bot.messages import fold
from bot.places import Found, Places, look, read_places, whole_country

OURS = "Thành phố Hải Phòng"


@pytest.fixture(scope="module")
def own() -> Places:
    return read_places(HOME / "content" / "places")


@pytest.fixture(scope="module")
def country(own: Places) -> Places:
    return whole_country(own)


def units(found: Found) -> set[tuple[str, str]]:
    return {(one.area.code, one.area.name) for one in found.proposals}


@pytest.mark.parametrize(
    ("words", "code", "name"),
    [
        ("phường Hoàng Tiến, Chí Linh, Hải Dương", "10573", "Phường Trần Nhân Tông"),
        ("Hoàng Tân, Chí Linh, Hải Hưng", "10573", "Phường Trần Nhân Tông"),
        ("xã Hưng Đạo, huyện Chí Linh", "10570", "Phường Trần Hưng Đạo"),
        ("P. Trần Nhân Tông, TP. Hải Phòng", "10573", "Phường Trần Nhân Tông"),
        ("phuong chu van an, hai phong", "10549", "Phường Chu Văn An"),
        ("xã Quang Thành, Kinh Môn, Hải Dương", "10705", "Xã Nam An Phụ"),
        ("xã Minh Hòa, huyện Kim Môn, tỉnh Hải Hưng", "10744", "Phường Nguyễn Đại Năng"),
        ("Hoà Bình, Thuỷ Nguyên, Hải Phòng", "11533", "Phường Hòa Bình"),
        ("tỉnh Hải Hưng, huyện Chí Linh, xã Hoàng Tân", "10573", "Phường Trần Nhân Tông"),
        ("xa hoang tan chi linh hai duong", "10573", "Phường Trần Nhân Tông"),
        ("thôn Bến Tắm, xã Hoàng Tiến, huyện Chí Linh, gần gốc đa", "10573", "Phường Trần Nhân Tông"),
        ("xã Tân Hưng, huyện Vĩnh Bảo, Hải Phòng", "11824", "Xã Vĩnh Bảo"),
    ],
)
def test_a_place_of_our_city_is_found_with_its_code(own: Places, words: str, code: str, name: str) -> None:
    assert units(look(words, own)) == {(code, name)}


@pytest.mark.parametrize("words", ["xã Văn Đức, Chí Linh, Hải Hưng", "xa van duc chi linh hai hung"])
def test_a_commune_that_was_split_is_proposed_as_all_its_parts(own: Places, words: str) -> None:
    found = look(words, own)
    assert units(found) == {
        ("10573", "Phường Trần Nhân Tông"),
        ("10549", "Phường Chu Văn An"),
        ("10678", "Phường Bắc An Phụ"),
    }
    assert {one.how for one in found.proposals} == {"chain"}
    assert {one.periods for one in found.proposals} == {("before_1975", "to_1996")}
    assert all([former.name for former in one.formers] == ["Hải Hưng"] for one in found.proposals)


def test_the_names_say_when_the_place_was_called_so(own: Places) -> None:
    def periods(words: str) -> set[tuple[str, ...]]:
        return {one.periods for one in look(words, own).proposals}

    assert periods("phường Trần Nhân Tông, Hải Phòng") == {("now",)}
    assert periods("xã Minh Hòa, Kim Môn, Hải Hưng") == {("to_1996",)}
    assert periods("Hoàng Tân, Chí Linh, tỉnh Hải Dương") == {("before_1975", "to_2025")}
    assert periods("tỉnh Kiến An") == {("before_1975",)}
    assert periods("Hoàng Tân, Chí Linh") == {("before_1975", "to_1996", "to_2025")}


@pytest.mark.parametrize("alias", ["Hải Hưng", "Kiến An", "Hải Kiến", "Tả Ngạn"])
def test_provinces_that_are_no_more_are_known(own: Places, alias: str) -> None:
    found = [one for one in look(alias, own).proposals if one.how == "whole_province"]
    assert OURS in {one.area.name for one in found}
    assert {former.name for one in found for former in one.formers} == {alias}


def test_a_district_is_never_taken_for_the_ward_that_has_its_name_now(country: Places) -> None:
    for words, district in (
        ("xã Vinh Quang, huyện Vĩnh Bảo", "Huyện Vĩnh Bảo, Thành phố Hải Phòng"),
        ("Quán Trữ, Kiến An", "Quận Kiến An, Thành phố Hải Phòng"),
        ("Chí Linh, Hải Hưng", "Thành phố Chí Linh, Tỉnh Hải Dương"),
        ("xã Văn Đức, huyện Gia Lâm, Hà Nội", "Huyện Gia Lâm, Thành phố Hà Nội"),
    ):
        (one,) = look(words, country).proposals
        assert (one.how, one.old, one.area.code) == ("district", district, "")
        assert one.parts


def test_names_that_contradict_each_other_give_nothing(own: Places) -> None:
    for words in ("xã Hoàng Tân, huyện Thủy Nguyên, tỉnh Nghệ An", "phường Chu Văn An, tỉnh Tây Ninh"):
        assert not [one for one in look(words, own).proposals if one.area.level == "commune"], words


@pytest.mark.parametrize(
    "words",
    ["", "Đồi 42 bên suối Đá Bàn", "gần cầu Ngầm", "rừng Phước Long", "cách suối 50 bước về phía núi", "🙏", "…"],
)
def test_hills_streams_and_stories_give_nothing(own: Places, country: Places, words: str) -> None:
    assert look(words, own).proposals == ()
    assert look(words, country).proposals == ()


def test_accents_that_were_written_count(country: Places) -> None:
    assert not [one for one in look("Thành cổ Quảng Trị năm 72", country).proposals if one.area.level == "commune"]
    spelled = look("Đak Tô, Gia Lai Kon Tum", country).proposals
    assert {one.area.province for one in spelled} == {"Tỉnh Quảng Ngãi"}


def test_a_name_that_many_places_have_is_not_chosen_for_anybody(country: Places) -> None:
    found = look("xã Tân Hưng", country)
    assert (found.proposals, found.unsure) == ((), "too_many")
    (one,) = look("phuong tran nhan tong", country).proposals
    assert (one.how, one.area.code) == ("name", "10573")


def test_other_provinces_come_from_the_package_without_a_code_and_with_the_centre_of_the_province(
    country: Places,
) -> None:
    (one,) = look("xã Hải Thượng, Hải Lăng, Bình Trị Thiên", country).proposals
    assert (one.area.title, one.area.code, one.source) == (
        "Xã Hải Lăng, Tỉnh Quảng Trị",
        "",
        "vietnam-address-converter",
    )
    assert one.periods == ("to_1996",)
    assert one.area.radius == 60_000


async def test_the_package_is_read_off_the_loop_and_only_when_our_own_table_is_not_sure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []

    def noticed(own: Places) -> Places:
        asked.append(threading.current_thread() is threading.main_thread())
        return own

    monkeypatch.setattr(offered, "_country", noticed)
    await offered.proposals(HOME / "content", "xã Văn Đức, Chí Linh, Hải Hưng")
    assert asked == []
    await offered.proposals(HOME / "content", "xã Hải Thượng, Hải Lăng")
    assert asked == [False]


async def test_a_name_of_ours_that_many_provinces_have_is_shown_and_said() -> None:
    found = await offered.proposals(HOME / "content", "xã Tân Hưng")
    assert found.unsure == "elsewhere_too"
    assert {one.area.province for one in found.proposals} == {OURS}


def test_the_table_can_be_replaced_and_a_mistake_in_it_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "places"
    shutil.copytree(HOME / "content" / "places", folder)
    today = folder / "today.csv"
    today.write_text(today.read_text("utf-8").replace("10573,", "99999,"), "utf-8")
    old = folder / "old.csv"
    old.write_text(old.read_text("utf-8").replace(",10573,", ",99999,"), "utf-8")
    table, mistake = offered.table(tmp_path)
    assert mistake == ""
    assert units(look("phường Trần Nhân Tông, Hải Phòng", table)) == {("99999", "Phường Trần Nhân Tông")}
    today.write_text("code,name\n1,Xã", "utf-8")
    table, mistake = offered.table(tmp_path)
    assert "km2" in mistake
    assert ("10573", "Phường Trần Nhân Tông") in units(look("phường Trần Nhân Tông, Hải Phòng", table))


def test_the_table_is_whole(own: Places) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        with (HOME / "content" / "places" / name).open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    today = rows("today.csv")
    assert len(today) == len({row["code"] for row in today}) == len({row["name"] for row in today}) == 114
    assert {row["code"] for row in rows("old.csv")} <= {row["code"] for row in today}
    assert len(rows("provinces.csv")) == 34
    assert sum(len(row["was"].split(";")) for row in rows("provinces.csv")) == 63
    mainland = [row for row in today if not row["name"].startswith("Đặc khu")]
    assert all(20.5 < float(row["latitude"]) < 21.3 and 106.1 < float(row["longitude"]) < 106.9 for row in mainland)
    ward = own.area("Phường Trần Nhân Tông, Thành phố Hải Phòng")
    assert ward is not None
    assert (ward.code, ward.latitude, ward.longitude, ward.radius) == ("10573", 21.1313, 106.469, 3567)
    known = {*own.districts, *own.provinces}
    assert {part for former in own.formers.values() for part in former.parts} <= known


@given(st.lists(st.sampled_from(["xã", "huyện", "Chí Linh", "Hải Hưng", "Văn Đức", "Kiến An", ",", "p.", "1", "đồi"])))
def test_whatever_is_said_the_answer_is_the_same_with_and_without_accents_or_larger(said: list[str]) -> None:
    table, _ = offered.table(HOME / "content")
    words = " ".join(said)
    found = look(words, table)
    assert bool(found.proposals) or found.unsure
    assert len(found.proposals) <= 8
    plain = look(", ".join(fold(part) for part in words.split(",")), table)
    assert {one.key for one in found.proposals} <= {one.key for one in plain.proposals} or plain.unsure == "too_many"
