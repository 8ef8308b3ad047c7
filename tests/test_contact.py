"""Whom a resident reaches: the ward's telephones, address and hours, wherever they belong; what is empty nowhere."""

import json
import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import HOME
from bot.cases import slips
from bot.config import Config, Contact, read_config, unsaid
from bot.demo import contact as example
from bot.library import Library, read_library
from bot.models import Tip
from bot.press import receipt
from bot.press.receipt import Receipt
from tests.receipted import told_tip
from tests.test_feed import sent
from tests.website import NOW_AT, Website, website

WARD = Contact(
    "0225 000 0001 (trực 24/24)",
    "0225.000.0002",
    "+84 225 000 0003",
    "Số 1 đường Ví Dụ",
    "7 giờ 30 – 17 giờ, thứ Hai đến thứ Sáu",
)
SLIP = Receipt("Phường Trần Nhân Tông, TP Hải Phòng", "12/2026", "23/11/2026", "4829 1576")
FOOTER = '<footer class="foot">'
CALLED = {"tel:+842250000001", "tel:+842250000002", "tel:+842250000003"}


@pytest.fixture(scope="module")
def library() -> Library:
    return read_library(HOME / "content")


@pytest.fixture
async def site(tmp_path: Path, library: Library) -> AsyncIterator[Website]:
    async with website(tmp_path, library, WARD) as running:
        await running.neighbourhoods(2)
        await sent(running, "moi", "Mời bà con", "Đoạn một.")
        yield running


async def shown(site: Website, path: str) -> tuple[str, str]:
    """The page's main part and its footer."""
    async with site.session.get(site.url + path) as answer:
        page = await answer.text()
    return page.split(FOOTER)[0], page.split(FOOTER)[-1]


def called(html: str) -> set[str]:
    return set(re.findall(r'href="(tel:[^"]+)"', html))


async def test_whoever_finds_remains_is_one_press_away_from_the_military_and_the_police(site: Website) -> None:
    main, _ = await shown(site, "/")
    assert called(main) == {"tel:+842250000001", "tel:+842250000002"}
    words = main.replace("\u00a0", " ")
    assert "Gọi Ban Chỉ huy Quân sự phường: 0225 000 0001 (trực 24/24)" in words
    assert "Gọi Công an phường: 0225.000.0002" in words


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/tin", "/tin/moi", "/hoi-dap", "/hoi-dap/chien-dich-la-gi", "/bang-tin", "/bang-tin/TDP-2"),
        *("/phieu", "/quyen-rieng-tu", "/khong-co"),
    ],
)
async def test_every_public_page_ends_with_the_telephones_the_address_and_the_hours(site: Website, path: str) -> None:
    _, footer = await shown(site, path)
    assert called(footer) == CALLED
    assert "Nơi tiếp bà con: Số 1 đường Ví Dụ" in footer
    assert "Giờ tiếp: 7 giờ 30" in footer
    assert 'href="/phieu"' in footer


async def test_under_a_post_at_a_receipt_and_on_the_privacy_page_they_stand_too(site: Website) -> None:
    tip = await told_tip(site.database, NOW_AT)
    for path in ("/tin/moi", "/hoi-dap/chien-dich-la-gi", "/phieu", f"/phieu/{tip.code}"):
        main, _ = await shown(site, path)
        assert called(main) == CALLED, path
        assert "Nơi tiếp bà con" in main
    main, _ = await shown(site, "/quyen-rieng-tu")
    assert called(main) == {"tel:+842250000001", "tel:+842250000003"}


async def test_where_a_number_is_empty_nothing_is_invented(tmp_path: Path, library: Library) -> None:
    async with website(tmp_path, library, Contact(police="113")) as site:
        for path in ("/", "/phieu", "/hoi-dap/chien-dich-la-gi", "/quyen-rieng-tu"):
            main, footer = await shown(site, path)
            assert called(footer) == {"tel:113"}
            assert called(main) <= {"tel:113"}
            assert "Quân sự phường: " not in main + footer
            assert "Nơi tiếp" not in main + footer
            assert "Giờ tiếp" not in main + footer


async def test_a_ward_that_has_said_nothing_shows_no_empty_heading(tmp_path: Path, library: Library) -> None:
    async with website(tmp_path, library) as site:
        for path in ("/", "/phieu", "/hoi-dap/chien-dich-la-gi"):
            main, footer = await shown(site, path)
            assert "tel:" not in main + footer
            assert "đến gặp phường</h2>" not in main


async def test_where_a_receipt_is_looked_up_is_one_press_from_the_front_page_and_the_conversation(
    site: Website,
) -> None:
    for path in ("/", "/chat", "/hoi-dap"):
        main, _ = await shown(site, path)
        assert 'href="/phieu"' in main.split("</header>")[0]
    assert 'href="/phieu"' in (await shown(site, "/"))[0].split("<main")[1]


# The receipt


async def test_the_receipt_takes_its_telephones_from_the_configuration(site: Website, library: Library) -> None:
    tip = await told_tip(site.database, NOW_AT)
    assert isinstance(tip, Tip)
    drawn = await slips.picture(Config(contact=WARD), library, tip)
    alt = drawn.alt.replace("\u00a0", " ")
    assert "Ban Chỉ huy Quân sự phường: 0225 000 0001 (trực 24/24)." in alt
    assert "Giờ tiếp: 7 giờ 30" in alt
    assert int.from_bytes(drawn.png[20:24], "big") == drawn.height > receipt.SIZE[1]
    plain = await slips.picture(Config(), library, tip)
    assert plain.height == receipt.SIZE[1]
    assert "phường: " not in plain.alt


@pytest.mark.parametrize("paper", ["a5", "a4"])
@pytest.mark.parametrize("words", [1, 40])
def test_the_printed_receipt_stays_one_page_however_long_the_address_is(paper: receipt.Paper, words: int) -> None:
    slip = Receipt(
        "Xã Quyết Thắng – Hùng Thắng – Tiên Cường hợp nhất, huyện Tiên Lãng cũ, TP Hải Phòng",
        "123456/2026",
        SLIP.day,
        SLIP.code,
        f"https://{'a' * 60}.vn/phieu/48291576",
        WARD.phones,
        "Số 1 đường Ví Dụ " * words,
        WARD.hours,
    )
    assert len(re.findall(rb"/Type\s*/Page\b", receipt.page(slip, HOME / "content", paper))) == 1
    assert receipt.card(slip, HOME / "content").png


# Staff


def test_nothing_is_said_when_all_is_filled_in(library: Library) -> None:
    assert unsaid(Config(contact=WARD), library.texts) == ""


def test_the_demo_has_numbers_that_are_plainly_examples_and_pass_the_check(tmp_path: Path) -> None:
    table = tomllib.loads((HOME / "content" / "demo.toml").read_text("utf-8"))["contact"]
    written = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in table.items())
    (tmp_path / "config.toml").write_text(f"[contact]\n{written}", "utf-8")
    shown = read_config(tmp_path / "config.toml", {}).contact
    assert shown == example(Config(contact=WARD))
    assert shown.missing == ()
    assert all("ví dụ" in getattr(shown, key) for key in table)
