"""The staff's pages: signing in over real HTTP, and who opens what, by role and by unit."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.dashboard import ROUTES
from bot.models import Role, Tip, TipState
from bot.staff import RIGHTS, Act
from tests.dashboard_site import PASSWORD, Site, address, free_post, library, sign_in
from tests.dashboard_site import open_site as open_site


async def test_nothing_is_shown_to_somebody_who_is_not_signed_in(site: Site) -> None:
    async with site.browser() as browser:
        for route in ROUTES:
            path = "/can-bo" + address(route.path, site)
            answer = await browser.get(path) if route.method == "GET" else await browser.post(path, csrf="x")
            assert answer.status == 303, path
            assert answer.headers["Location"].startswith("/can-bo/dang-nhap"), path


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    async with site.browser() as browser:
        answer = await sign_in(browser, "writer", PASSWORD)
        cookie = next(c for c in answer.headers.getall("Set-Cookie") if c.startswith("trian_can_bo="))
        assert {"HttpOnly", "SameSite=Lax", "Path=/can-bo"} <= {part.strip() for part in cookie.split(";")}
        assert "Secure" not in cookie


async def test_five_wrong_passwords_lock_the_door_and_the_answer_is_always_the_same(site: Site) -> None:
    async with site.browser() as browser:
        answers = [await sign_in(browser, "writer", "sai mật khẩu rồi") for _ in range(5)]
        answers.append(await sign_in(browser, "writer", PASSWORD))
        answers.append(await sign_in(browser, "khong-co", PASSWORD))
        assert {answer.status for answer in answers} == {403}
        assert len({answer.words for answer in answers}) == 1
        site.now += timedelta(minutes=5)
        assert (await sign_in(browser, "writer", PASSWORD)).status == 303


async def test_a_sign_in_form_without_its_token_is_refused(site: Site) -> None:
    async with site.browser() as browser:
        answer = await browser.post("/can-bo/dang-nhap", csrf="x", login="writer", password=PASSWORD)
        assert answer.status == 403
        await browser.get("/can-bo/dang-nhap")
        answer = await browser.post("/can-bo/dang-nhap", csrf="x", login="writer", password=PASSWORD)
        assert answer.status == 403


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/can-bo/../x",
        "/can-bo/bai\r\nX: y",
        "/can-bo@evil",
    ],
)
async def test_a_sign_in_never_leads_to_another_site(site: Site, wanted: str) -> None:
    async with site.browser() as browser:
        assert (await sign_in(browser, "writer", PASSWORD, wanted)).headers["Location"] == "/can-bo"


async def test_a_sign_in_leads_back_to_the_page_that_was_asked_for(site: Site) -> None:
    async with site.browser() as browser:
        asked = await browser.get("/can-bo/dot-gui/1")
        assert asked.headers["Location"] == "/can-bo/dang-nhap?toi=/can-bo/dot-gui/1"
        assert (await sign_in(browser, "writer", PASSWORD, "/can-bo/dot-gui/1")).headers[
            "Location"
        ] == "/can-bo/dot-gui/1"


async def test_a_sign_in_form_that_is_too_long_is_not_read(site: Site) -> None:
    async with site.browser() as browser:
        assert (await browser.post("/can-bo/dang-nhap", csrf="x", login="x" * 20_000, password="x")).status == 400


async def test_two_idle_hours_end_the_sign_in(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        site.now += timedelta(hours=2)
        assert (await browser.get("/can-bo")).status == 303


async def test_signing_out_ends_the_sign_in_on_the_server(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        token = await browser.token()
        cookie = {c.key: c.value for c in browser.session.cookie_jar}["trian_can_bo"]
        assert (await browser.post("/can-bo/dang-xuat", csrf=token)).status == 303
        again = await browser.get("/can-bo", Cookie=f"trian_can_bo={cookie}")
        assert again.status == 303


async def test_one_changes_ones_own_password_with_the_old_one(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        new = "câu khác cũng dài"
        assert "chưa đúng" in (await browser.post("/can-bo/mat-khau", old="x", new=new, again=new)).words
        assert "chưa giống" in (await browser.post("/can-bo/mat-khau", old=PASSWORD, new=new, again="y")).words
        assert (await browser.post("/can-bo/mat-khau", old=PASSWORD, new=new, again=new)).status == 303
        assert (await sign_in(browser, "writer", new)).status == 303


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_opens_exactly_the_pages_it_was_given(site: Site, role: Role) -> None:
    async with site.signed_in(role.value) as browser:
        for route in ROUTES:
            path = "/can-bo" + address(route.path, site)
            allowed = route.act is None or route.act in RIGHTS[role]
            if role is Role.HEAD and path.endswith(("/gui-lai", "/dinh-chinh")):
                allowed = False  # the post went to all: a neighbourhood may look at it, not change it
            if route.method == "GET":
                answer = await browser.get(path + ("?dich=unit:to-1" if path.endswith("/gui") else ""))
                missing = path.endswith(("dot-gui/1/hinh", "tin-sai/1/hinh", "/ma/ABCDEFGH", "/xuat/1/tai", "/giay"))
                # Who writes tips down and may not read them sees the receipts of his own only.
                others = "/nhap/" in path or path.endswith("/phieu")
                missing = missing or (others and Act.SEE_TIPS not in RIGHTS[role])
                assert answer.status == (404 if missing else 200) if allowed else 403, (role, path)
            elif not allowed:
                assert (await browser.post(path)).status == 403, (role, path)


async def test_no_button_works_without_our_token(site: Site) -> None:
    async with site.signed_in("approver") as one, site.signed_in("military") as two, site.signed_in("admin") as three:
        stolen = await two.token()
        for route in ROUTES:
            if route.method == "POST":
                path = "/can-bo" + address(route.path, site)
                assert (await one.post(path, csrf="")).status == 403, path
                assert (await one.post(path, csrf=stolen)).status == 403, path
                assert (await three.post(path, csrf="x" * 43)).status == 403, path
    states = {tip.state for tip in await site.all(select(Tip))}
    assert states == {TipState.NEW}


async def test_every_page_carries_the_security_headers_and_is_not_kept(site: Site) -> None:
    async with site.signed_in("admin") as browser:
        for path in ("/can-bo", "/can-bo/tin-bao", "/can-bo/khong-co", "/can-bo/can-bo"):
            headers = (await browser.get(path)).headers
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"


async def test_a_neighbourhood_sees_only_its_own_groups_tips_and_deliveries(site: Site) -> None:
    ids = site.ids
    async with site.signed_in("army-1") as browser:
        tips = await browser.get("/can-bo/tin-bao")
        assert "11AA-11AA" in tips.text
        assert "22BB-22BB" not in tips.text
        assert "58K2-9QTM" not in tips.text
        for path in (
            f"tin-bao/{ids['tip_2']}",
            f"tin-bao/{ids['tip']}",
            f"tep/{ids['file_tip_2']}",
            f"nhom/{ids['chat_two']}",
            f"nhom/{ids['chat_veteran']}",
            f"dot-gui/{ids['planned']}",
        ):
            assert (await browser.get(f"/can-bo/{path}")).status == 404, path
        assert "Tổ 2 Hoàng Tân" not in (await browser.get("/can-bo/nhom")).text
        assert "Tổ 2 Hoàng Tân" not in (await browser.get(f"/can-bo/dot-gui/{ids['broadcast']}")).text
        assert "Bài đã hẹn cho tổ 2" not in (await browser.get("/can-bo/dot-gui")).text
        assert "thăm nghĩa trang" not in (await browser.get("/can-bo/hoi")).text
        problems = await browser.get("/can-bo/van-de")
        assert "KeyError" not in problems.text
        assert "Tổ 2 Hoàng Tân" not in problems.text
        assert (await browser.post(f"/can-bo/tin-bao/{ids['tip_2']}/mo-ho-so")).status == 404
        assert (await browser.post(f"/can-bo/hoi/{ids['question']}", text="x")).status == 404
    async with site.signed_in("head") as browser:
        assert "Tổ 2 Hoàng Tân" not in (await browser.get(f"/can-bo/bai/{free_post(library()).id}")).text
        for target in ("all", "unit:to-2", "unit:phuong", "chat:telegram:-1002", "topic:adn"):
            page = f"/can-bo/bai/{free_post(library()).id}/gui"
            assert (await browser.get(f"{page}?dich={target}")).status == 403, target
            sent = await browser.post(page, dich=target, luc="", looked=site.now.isoformat())
            assert sent.status == 403, target
        assert (await browser.post(f"/can-bo/dot-gui/{ids['broadcast']}/dung")).status == 403
        assert (await browser.post(f"/can-bo/nhom/{ids['chat_two']}/dung")).status == 404
        assert (await browser.post(f"/can-bo/nhom/{ids['chat_waiting']}/xac-nhan", unit=ids["unit_1"])).status == 404
        assert (await browser.post(f"/can-bo/nhom/{ids['chat_one']}", unit=ids["unit_2"])).status == 422


async def test_what_people_wrote_is_never_markup(site: Site) -> None:
    async with site.signed_in("approver") as browser:
        assert "<b>mới</b>" not in (await browser.get("/can-bo/nhom")).text
        assert "<i>thì</i>" not in (await browser.get("/can-bo/hoi")).text
        assert "<script>alert" not in (await browser.get(f"/can-bo/dot-gui/{site.ids['broadcast']}")).text
        assert '"><script>' not in (await browser.get('/can-bo/bai?tim="><script>')).text
