"""The map of cases and «tra địa danh»: areas for everybody who may, exact places only on request and written down."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.cases import places
from bot.config import MapSettings, read_config
from bot.errors import ConfigError
from bot.models import AuditEntry, Case, CaseState, Claim, Decision, Staff
from tests.browser import flaws, window
from tests.dashboard_site import NOON, PASSWORD, Site
from tests.dashboard_site import open_site as open_site

EXACT = (21.14321, 106.45678)
WARD = "Phường Trần Nhân Tông, Thành phố Hải Phòng"


async def cases(site: Site) -> dict[str, int]:
    """Cases in our ward, far away, in a former district, nowhere yet, merged, and of a neighbourhood."""
    rows = {
        "ward": (WARD, CaseState.NEW, None),
        "ward_too": (WARD, CaseState.CLEARING, None),
        "far": ("Tỉnh Quảng Trị", CaseState.WITH_515, None),
        "commune": ("Xã Hải Lăng, Tỉnh Quảng Trị", CaseState.NEW, None),
        "district": ("Thành phố Chí Linh, Tỉnh Hải Dương", CaseState.CONCLUDED, None),
        "nowhere": ("", CaseState.NEW, None),
        "neighbourhood": (WARD, CaseState.ENOUGH, site.ids["unit_2"]),
    }
    ids = {}
    async with site.database.write() as db:
        for number, (name, (area, state, unit)) in enumerate(rows.items(), 1):
            case = Case(code=f"HS-2026-{number:04}", unit_id=unit, state=state, area=area)
            case.state_since = case.created_at = case.changed_at = NOON - timedelta(days=1)
            db.add(case)
            await db.flush()
            ids[name] = case.id
        pin = {"kind": "location", "latitude": EXACT[0], "longitude": EXACT[1], "accuracy": 25.0}
        said = {"kind": "words", "landmark": "suối Đá Bàn", "distance": "50 bước", "direction": "về phía núi"}
        for field, value, words in (
            ("toa_do", pin, ""),
            ("noi_chon", {"kind": "words"}, "xã Văn Đức, Chí Linh, Hải Hưng"),
            ("moc", said, "cách suối 50 bước về phía núi"),
        ):
            claim = Claim(case_id=ids["ward"], field=field, value=value, words=words, at=NOON)
            db.add(claim)
            await db.flush()
            ids[field] = claim.id
    return ids


async def test_somebody_without_the_right_to_sealed_places_sees_areas_and_no_coordinate(site: Site) -> None:
    await cases(site)
    async with site.signed_in("committee") as browser:
        page = await browser.get("/can-bo/ban-do")
        assert page.status == 200
        assert WARD in page.words
        assert "8 hồ sơ" in page.words
        assert "1 hồ sơ chưa có nơi được xác nhận" in page.words
        assert "21.1432" not in page.text
        assert "21,1432" not in page.text
        assert "vi-tri" not in page.text
        assert (await browser.post("/can-bo/ban-do/vi-tri", area=WARD)).status == 403
    async with site.signed_in("writer") as browser:
        assert (await browser.get("/can-bo/ban-do")).status == 403


async def test_a_look_at_exact_places_shows_them_and_is_written_down_case_by_case(site: Site) -> None:
    ids = await cases(site)
    async with site.signed_in("military") as browser:
        assert "21,14321" not in (await browser.get("/can-bo/ban-do")).text
        page = await browser.post("/can-bo/ban-do/vi-tri", area=WARD)
        assert page.status == 200
        assert "21,14321 Bắc, 106,45678 Đông" in page.text
        assert "sai số khoảng 25 m" in page.text
        assert "suối Đá Bàn, 50 bước, về phía núi" in page.text
        assert (await browser.post("/can-bo/ban-do/vi-tri", area="Nơi khác")).status == 422
    looks = await site.all(select(AuditEntry).where(AuditEntry.action == "look_place").order_by(AuditEntry.id))
    assert {entry.subject for entry in looks} == {f"case:{ids[name]}" for name in ("ward", "ward_too", "neighbourhood")}
    assert "21" not in str([entry.detail for entry in looks])


async def test_each_sees_the_cases_of_his_own_units_and_of_the_state_he_asks_for(site: Site) -> None:
    await cases(site)
    async with site.signed_in("army-1") as browser:
        assert "0 hồ sơ" in (await browser.get("/can-bo/ban-do")).words
    async with site.signed_in("military") as browser:
        assert "1 hồ sơ , 1 khu vực" in (await browser.get("/can-bo/ban-do?trang-thai=concluded")).words
        assert (await browser.get("/can-bo/ban-do?trang-thai=drop")).status == 200


async def test_a_background_from_outside_is_allowed_only_when_it_is_configured(site: Site) -> None:
    async with site.signed_in("military") as browser:
        assert "img-src 'self' data:;" in (await browser.get("/can-bo/ban-do")).headers["Content-Security-Policy"]
        tiles = MapSettings("https://tiles.example:8443/{z}/{x}/{y}.png", "Nguồn")
        object.__setattr__(site.config, "map", tiles)
        policy = (await browser.get("/can-bo/ban-do")).headers["Content-Security-Policy"]
        assert "img-src 'self' data: https://tiles.example:8443;" in policy
        elsewhere = (await browser.get("/can-bo/dia-danh")).headers["Content-Security-Policy"]
        assert "tiles.example" not in elsewhere


async def test_a_place_is_looked_up_with_reasons_and_stands_in_no_address(site: Site) -> None:
    async with site.signed_in("military") as browser:
        page = await browser.post("/can-bo/dia-danh", words="xa van duc, chi linh, hai hung")
        assert "Mã 10573" in page.words
        assert "Khớp cả tên xã, phường và tên huyện" in page.words
        assert "Đơn vị cũ này nay thuộc nhiều phường, xã." in page.words
        assert "Đúng là nơi này" not in page.words
        nothing = await browser.post("/can-bo/dia-danh", words="gần cầu Ngầm <b>x</b>")
        assert "không đề nghị gì" in nothing.words
        assert "<b>x</b>" not in nothing.text
        assert (await browser.post("/can-bo/dia-danh", words="a" * 301)).status == 422


async def test_a_person_confirms_a_place_and_the_words_are_kept(site: Site) -> None:
    ids = await cases(site)
    found = await places.proposals(site.config.content, "xã Văn Đức, Chí Linh, Hải Hưng")
    key = next(one.key for one in found.proposals if one.area.code == "10573")
    form = {"case": ids["ward"], "claim": ids["noi_chon"], "version": 1, "place": key, "period": "to_1996"}
    async with site.signed_in("committee") as browser:
        assert (await browser.post("/can-bo/dia-danh/xac-nhan", **form)).status == 403
    async with site.signed_in("army-1") as browser:
        assert (await browser.post("/can-bo/dia-danh/xac-nhan", **form)).status == 404
    async with site.signed_in("military") as browser:
        for wrong in ({"period": "hom-nay"}, {"place": "commune|x|y"}, {"version": 7}):
            assert (await browser.post("/can-bo/dia-danh/xac-nhan", **{**form, **wrong})).status == 422, wrong
        assert (await browser.post("/can-bo/dia-danh/xac-nhan", **{**form, "claim": ids["moc"] + 99})).status == 404
        assert (await browser.post("/can-bo/dia-danh/xac-nhan", **{**form, "case": ids["far"]})).status == 404
        done = await browser.post("/can-bo/dia-danh/xac-nhan", **form)
        assert done.status == 303
    (decision,) = await site.all(select(Decision))
    assert decision.words == "xã Văn Đức, Chí Linh, Hải Hưng"
    assert decision.value["code"] == "10573"
    assert decision.value["period"] == "to_1996"
    assert decision.value["old"] == "Phường Văn Đức, Thành phố Chí Linh, Tỉnh Hải Dương"
    (by,) = await site.all(select(Staff).where(Staff.id == decision.staff_id))
    assert by.login == "military"
    (case,) = await site.all(select(Case).where(Case.id == ids["ward"]))
    assert (case.area, case.version) == (WARD, 2)


async def test_the_map_is_drawn_in_a_real_browser_and_asks_nobody_outside(site: Site) -> None:
    await cases(site)
    asked: list[str] = []
    async with window(1280, 900) as opened:
        page = opened.page
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{site.base}/can-bo/dang-nhap?toi=/can-bo/ban-do")
        await page.fill("input[name=login]", "military")
        await page.fill("input[name=password]", PASSWORD)
        await page.press("input[name=password]", "Enter")
        await page.wait_for_selector(".heap")
        assert await page.locator(".grid-word").count() > 3
        assert await flaws(page) == []
        total = sum(int(text) for text in await page.locator(".heap span").all_text_contents())
        assert total == 7
        await page.get_by_role("button", name=f"Xem vị trí chính xác: {WARD}").click()
        await page.wait_for_selector("path.at")
        assert await page.locator("path.at").count() == 2
        await page.set_viewport_size({"width": 390, "height": 800})
        assert await flaws(page) == []
        assert opened.mistakes == []
    assert asked
    assert [url for url in asked if not url.startswith((site.base, "data:", "blob:"))] == []


@pytest.mark.parametrize(
    "tiles", ["http://x/{z}/{x}/{y}", "https://x/tiles", "javascript:{z}{x}{y}", "https://x y/{z}{x}{y}"]
)
def test_a_background_that_is_no_address_of_tiles_is_refused_with_a_sentence(tmp_path: Path, tiles: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[map]\ntiles = "{tiles}"\n', "utf-8")
    with pytest.raises(ConfigError, match="tiles"):
        read_config(file, {})
    file.write_text('[map]\ntiles = "/nen/{z}/{x}/{y}.png"\n', "utf-8")
    assert read_config(file, {}).map.tiles == "/nen/{z}/{x}/{y}.png"
