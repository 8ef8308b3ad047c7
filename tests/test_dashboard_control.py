"""The officer's control: stop everything, confirm a copy, pause accounts, quiet hours; the warnings before sending."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import expect
from sqlalchemy import select, update

from bot import accounts, installation
from bot.config import TelegramSettings
from bot.dashboard.clashes import Price, cost, parts
from bot.models import (
    Account,
    AuditEntry,
    Broadcast,
    BroadcastState,
    Delivery,
    DeliveryState,
    Installation,
    Notice,
    Unit,
)
from bot.vault import vault_of
from tests.browser import flaws
from tests.dashboard_site import Site, free_post, library
from tests.dashboard_site import open_site as open_site
from tests.test_dashboard_clicking import clicking

TOKEN = "7000001:AAH-rat-bi-mat"
SENDING = f"/can-bo/bai/{free_post(library()).id}/gui"


async def one(site: Site) -> Installation:
    async with site.database.read() as db:
        return await installation.the_one(db)


# DỪNG TẤT CẢ


async def test_by_clicking_everything_is_stopped_every_page_says_so_and_it_goes_on(site: Site) -> None:
    async with clicking(site, "front") as page:
        await page.get_by_role("banner").get_by_role("link", name="DỪNG TẤT CẢ").click()
        await expect(page.get_by_text("mọi máy, mọi kênh, mọi tài khoản")).to_be_visible()
        assert (await one(site)).stopped_at is None
        await page.get_by_role("button", name="DỪNG TẤT CẢ").click()
        for path in ("", "/bai", "/nhom", "/don-vi", "/tai-khoan", "/mat-khau"):
            await page.goto(f"{site.base}/can-bo{path}")
            await expect(page.get_by_text("ĐÃ DỪNG TẤT CẢ")).to_be_visible()
            await expect(page.get_by_text("bởi Đỗ Minh Tâm")).to_be_visible()
            assert await flaws(page) == [], path
        assert (await one(site)).stopped_at == site.now
        await page.get_by_role("button", name="Cho chạy lại").click()
        await expect(page.get_by_role("status")).to_contain_text("Đã cho chạy lại")
        await expect(page.get_by_text("ĐÃ DỪNG TẤT CẢ")).to_have_count(0)
    assert (await one(site)).stopped_at is None
    notices = await site.all(select(Notice).where(Notice.key == "stop"))
    assert notices[0].sentence.startswith("Đỗ Minh Tâm đã bấm DỪNG TẤT CẢ")
    assert notices[0].settled_at is not None
    actions = [row.action for row in await site.all(select(AuditEntry).where(AuditEntry.subject == "installation:1"))]
    assert actions == ["stop_all", "resume_all"]


async def test_a_second_press_keeps_who_stopped_first(site: Site) -> None:
    async with site.signed_in("writer") as writer, site.signed_in("admin") as admin:
        await writer.post("/can-bo/dung-tat-ca")
        site.now += timedelta(minutes=5)
        await admin.post("/can-bo/dung-tat-ca")
        assert "bởi Trần Thị Hoa" in (await admin.get("/can-bo")).words
        assert (await one(site)).stopped_at == site.now - timedelta(minutes=5)


async def test_the_head_of_a_neighbourhood_stops_that_neighbourhood_alone(site: Site) -> None:
    async with site.signed_in("head") as head, site.signed_in("writer") as ward:
        assert "ở Tổ dân phố số 1" in (await head.get("/can-bo/dung-tat-ca")).words
        assert (await head.post("/can-bo/dung-tat-ca")).status == 303
        assert (await one(site)).stopped_at is None
        async with site.database.read() as db:
            assert await installation.stopped_units(db) == {site.ids["unit_1"]}
        banner = "ĐÃ DỪNG TẤT CẢ Ở TỔ DÂN PHỐ SỐ 1 từ 23/11/2026 12:00, bởi Bùi Văn Trưởng"
        assert banner in (await head.get("/can-bo/nhom")).words
        assert banner in (await ward.get("/can-bo/nhom")).words
        assert (await head.post("/can-bo/cho-chay-lai")).status == 403
        assert (await head.post(f"/can-bo/don-vi/{site.ids['unit_2']}/dung")).status == 404
        assert (await ward.post(f"/can-bo/don-vi/{site.ids['unit_1']}/chay-lai")).status == 303
        assert banner not in (await head.get("/can-bo/nhom")).words


async def test_what_the_ward_stopped_a_neighbourhood_sees_but_cannot_let_go_on(site: Site) -> None:
    async with site.signed_in("writer") as ward, site.signed_in("head") as head:
        assert (await ward.post(f"/can-bo/don-vi/{site.ids['unit_ward']}/dung")).status == 303
        page = await head.get("/can-bo")
        assert "ĐÃ DỪNG TẤT CẢ Ở PHƯỜNG TRẦN NHÂN TÔNG" in page.words
        assert "Cho chạy lại" not in page.words
        assert (await head.post(f"/can-bo/don-vi/{site.ids['unit_ward']}/chay-lai")).status == 404


# A sealed copy


async def seal(site: Site) -> None:
    async with site.database.write() as db:
        await db.execute(update(Installation).values(sealed_at=site.now, sealed_reason="older"))
        waiting = Delivery(broadcast_id=site.ids["broadcast"], chat_id=site.ids["chat_veteran"], channel="telegram")
        waiting.created_at = waiting.changed_at = site.now - timedelta(hours=1)
        waiting.latest_at = site.now + timedelta(hours=3)
        db.add(waiting)


async def test_a_sealed_copy_says_so_and_is_confirmed_in_typed_words(site: Site) -> None:
    await seal(site)
    async with site.signed_in("admin") as browser:
        page = await browser.get("/can-bo/bai")
        assert "HỆ THỐNG CHƯA GỬI GÌ" in page.words
        assert "bản khôi phục từ bản lưu" in page.words
        assert "( 1 tin )" in (await browser.get("/can-bo/ban-sao")).words.replace("(1 tin", "( 1 tin ")
        for wrong in ({"words": "vâng", "waiting": "send"}, {"words": "đây là bản chính"}):
            assert (await browser.post("/can-bo/ban-sao", **wrong)).status == 422
        assert (await one(site)).sealed_at is not None
        right = {"words": "Day la ban chinh", "waiting": "set_aside"}
        assert (await browser.post("/can-bo/ban-sao", **right)).status == 303
        assert "HỆ THỐNG CHƯA GỬI GÌ" not in (await browser.get("/can-bo/bai")).words
        assert (await browser.post("/can-bo/ban-sao", **right)).status == 422
    mark = json.loads((site.config.data / installation.FILE).read_text())
    assert mark["name"] == (await one(site)).name
    rows = await site.all(select(Delivery).where(Delivery.chat_id == site.ids["chat_veteran"]))
    assert [(row.state, row.reason) for row in rows] == [(DeliveryState.CANCELLED, "set_aside")]


async def test_what_waits_goes_out_when_that_was_chosen(site: Site) -> None:
    await seal(site)
    async with site.signed_in("writer") as browser:
        assert (await browser.post("/can-bo/ban-sao", words="đây là bản chính", waiting="send")).status == 303
    rows = await site.all(select(Delivery).where(Delivery.chat_id == site.ids["chat_veteran"]))
    assert [row.state for row in rows] == [DeliveryState.PENDING]


async def test_a_neighbourhood_cannot_confirm_a_copy(site: Site) -> None:
    await seal(site)
    async with site.signed_in("head") as browser:
        assert "Xem và xác nhận" not in (await browser.get("/can-bo")).words
        assert (await browser.post("/can-bo/ban-sao", words="đây là bản chính", waiting="send")).status == 403
    assert (await one(site)).sealed_at is not None


# Accounts


async def test_an_account_is_added_changed_and_its_secrets_are_never_shown(site: Site) -> None:
    path = "/can-bo/tai-khoan/zalo_bot%40to-1"
    async with site.signed_in("admin") as browser:
        new = {"platform": "zalo_bot", "unit": site.ids["unit_1"], "name": "", "secret": TOKEN}
        assert (await browser.post("/can-bo/tai-khoan", **new)).headers["Location"].startswith(path)
        again = await browser.post("/can-bo/tai-khoan", **{**new, "name": "khac"})
        assert "đang được tài khoản «zalo_bot@to-1» dùng" in again.words
        assert (await browser.post("/can-bo/tai-khoan", **{**new, "platform": "viber"})).status == 422
        fields = {"mode": "webhook", "rate": "2,5", "monthly": "100", "reserve": "10", "display_name": "Bot Tổ 1"}
        wrong = await browser.post(path, **{**fields, "rate": "nhanh"})
        assert wrong.status == 422
        assert "Giá trị của «Số tin mỗi giây» chưa đúng" in wrong.words
        assert (await browser.post(path, **fields, **{"secret-webhook_secret": "moi"})).status == 303
        async with site.database.write() as db:
            await accounts.spend(db, "zalo_bot@to-1", 30, site.now)
        page = await browser.get(path)
        assert "đã dùng 30 trong 100; còn 70, trong đó để dành 10 cho lời đáp" in page.words
        assert TOKEN not in page.text + again.text + wrong.text
        assert 'value="2,5"' in page.text
        own = await browser.post("/can-bo/tai-khoan/telegram", rate="1")
        assert own.status == 422
        assert "config.toml" in own.words
    async with site.database.read() as db:
        said = accounts.settings_of(await db.get_one(Account, "zalo_bot@to-1"), vault_of(site.config))
    assert (said.token, said.webhook_secret, said.rate) == (TOKEN, "moi", 2.5)  # type: ignore[union-attr]
    entry = (await site.all(select(AuditEntry).where(AuditEntry.action == "change_account")))[0]
    assert entry.detail == {"replaced": ["webhook_secret"]}


async def test_each_pauses_accounts_of_the_own_units_only(site: Site) -> None:
    async with site.database.write() as db:
        unit = await db.get_one(Unit, site.ids["unit_1"])
        await accounts.known(db, "telegram@to-1", unit, site.now)
    async with site.signed_in("head") as head, site.signed_in("front") as ward:
        assert (await head.get("/can-bo/tai-khoan/telegram")).status == 404
        assert (await head.post("/can-bo/tai-khoan/telegram/tam-dung")).status == 404
        assert (await head.post("/can-bo/tai-khoan/telegram%40to-1/tam-dung")).status == 303
        assert (await head.post("/can-bo/tai-khoan/telegram%40to-1", rate="1")).status == 403
        page = await head.get("/can-bo/tai-khoan")
        assert "telegram@to-1" in page.words
        assert "Cán bộ đã tạm dừng." in page.words
        assert "Dùng chung" not in page.words
        assert (await ward.post("/can-bo/tai-khoan/telegram%40to-1/chay-lai")).status == 303
        assert (await ward.post("/can-bo/tai-khoan/telegram/tam-dung")).status == 303
    states = {row.name: row.state for row in await site.all(select(Account))}
    assert states == {"telegram": "paused", "telegram@to-1": "active", "zalo_oa@to-1": "active"}


async def test_many_accounts_are_shown_a_page_at_a_time(site: Site) -> None:
    async with site.database.write() as db:
        for number in range(120):
            await accounts.known(db, f"telegram@a-{number:03}", None, site.now)
    async with site.signed_in("admin") as browser:
        first = await browser.get("/can-bo/tai-khoan")
        assert "telegram@a-048" in first.words
        assert "telegram@a-049" not in first.words
        second = await browser.get("/can-bo/tai-khoan?sau=telegram%40a-048")
        assert "telegram@a-049" in second.words
        assert "Đang chạy (122)" in second.words


# Units


async def test_a_unit_gets_hours_of_its_own_and_those_below_follow(site: Site) -> None:
    ward, first = (f"/can-bo/don-vi/{site.ids[name]}" for name in ("unit_ward", "unit_1"))
    async with site.signed_in("head") as head, site.signed_in("approver") as approver, site.signed_in("front") as front:
        hours = {"gio": "rieng", "tu": "20:00", "den": "07:00", "ngay": "rieng", "thu": ["1", "3", "9"]}
        assert (await approver.post(ward, **hours)).status == 303
        page = await head.get("/can-bo/don-vi")
        assert "Giờ nghỉ đang áp dụng 20:00 đến 07:00" in page.words
        assert "Ngày gửi tin đang áp dụng thứ Hai, thứ Tư" in page.words
        assert (await head.get(ward)).status == 404
        assert (await head.post(first, gio="khong", ngay="tren")).status == 303
        assert "Giờ nghỉ đang áp dụng không nghỉ" in (await head.get(first)).words
        assert (await front.post(ward, **hours)).status == 403
        wrongs: list[dict[str, object]] = [{"tu": "25:00"}, {"tu": "07:00"}, {"den": ""}, {"thu": []}]
        for wrong in wrongs:
            assert (await approver.post(ward, **{**hours, **wrong})).status == 422, wrong
    rows = {row.code: (row.quiet_from, row.quiet_to, row.days) for row in await site.all(select(Unit))}
    assert rows == {"phuong": ("20:00", "07:00", "13"), "to-1": ("00:00", "00:00", ""), "to-2": ("", "", "")}


# Before sending


async def test_groups_that_rest_at_the_chosen_time_are_told_and_urgent_posts_pass(site: Site) -> None:
    async with site.database.write() as db:
        unit = await db.get_one(Unit, site.ids["unit_1"])
        unit.quiet_from, unit.quiet_to = "18:00", "07:00"
    async with site.signed_in("writer") as browser:
        page = await browser.get(f"{SENDING}?dich=all&luc=2026-11-23T20:00")
        assert "1 nhóm đang trong giờ nghỉ riêng của đơn vị: tin chờ đến 24/11/2026 07:00" in page.words
        assert "quá thời hạn, nên các nhóm này sẽ không nhận được" in page.words
        assert "giờ nghỉ riêng" not in (await browser.get(f"{SENDING}?dich=all&luc=2026-11-23T17:59")).words
        night = {"dich": "all", "luc": "2026-11-23T22:00", "looked": site.now.isoformat()}
        refused = await browser.post(SENDING, **night, tre="12")
        assert refused.status == 422
        assert "quá thời hạn, nên" not in refused.words, "twelve hours reach into the morning"
        assert (await browser.post(SENDING, **night, tre="5")).status == 422
        assert (await browser.post(SENDING, **night, tre="12", khan="1")).status == 303
    made = (await site.all(select(Broadcast).order_by(Broadcast.id.desc())))[0]
    assert made.urgent
    assert made.latest_at - made.due_at == timedelta(hours=12)


async def test_other_posts_of_that_hour_and_the_same_post_of_that_month_are_told(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        page = await browser.get(f"{SENDING}?dich=unit:to-2&luc=2026-11-24T12:30")
        assert "còn nhận bài khác: 24/11/2026 12:00: Bài đã hẹn cho tổ 2 , 1 nhóm" in page.words
        assert "vừa nhận hoặc sắp nhận: 24/11/2026 12:00: Bài đã hẹn cho tổ 2 , đã hẹn giờ cho 1 nhóm" in page.words
        assert "23/11/2026 07:00" in page.words
        other = await browser.get(f"{SENDING}?dich=unit:to-1&luc=2026-11-24T12:30")
        assert "Bài đã hẹn cho tổ 2" not in other.words
        assert "còn nhận bài khác" not in (await browser.get(f"{SENDING}?dich=unit:to-2&luc=2026-11-24T13:00")).words
        fields = {"dich": "unit:to-2", "luc": "2026-11-24T12:30", "looked": site.now.isoformat()}
        assert (await browser.post(SENDING, **fields)).status == 303, "a warning, not a prohibition"
    async with site.database.write() as db:
        await db.execute(update(Broadcast).values(post_id="x", state=BroadcastState.STOPPED))
    async with site.signed_in("writer") as browser:
        assert "vừa nhận hoặc" not in (await browser.get(f"{SENDING}?dich=all&luc=2026-11-24T12:30")).words


async def test_what_the_schedule_will_send_at_that_hour_is_told_too(site: Site) -> None:
    async with site.signed_in("writer") as browser:
        page = await browser.get(f"{SENDING}?dich=all&luc=2026-11-26T11:30")
        assert "còn nhận bài khác: 26/11/2026 12:00: Hỏi – đáp trong tuần (theo lịch), 2 nhóm" in page.words
        assert "còn nhận bài khác" not in (await browser.get(f"{SENDING}?dich=all&luc=2026-11-26T13:00")).words


def test_telegrams_price_counts_what_is_over_thirty_a_second() -> None:
    assert cost(100_000, 29, 1000) == Price(100_000, 9700.0, timedelta(seconds=100), timedelta(seconds=3449))
    assert cost(30, 29, 1000).stars == 0
    assert cost(31, 29, 1000).stars == pytest.approx(0.1)
    assert cost(60, 29, 30).stars == 0


def test_parts_are_counted_as_telegram_will_cut_them() -> None:
    assert parts("ngắn", picture=False) == 1
    assert parts("a" * 5000, picture=False) == 2
    assert parts("a" * 1000, picture=True) == 1
    assert parts("a" * 1500, picture=True) == 2
    assert parts("đầu\n\n" + "a" * 1500, picture=True) == 2


async def test_the_cost_of_paying_for_speed_is_shown_before_sending(site: Site) -> None:
    async with site.database.write() as db:
        account = await db.get_one(Account, "telegram")
        account.settings = {"paid_broadcast": True}
    async with site.signed_in("writer") as browser:
        page = await browser.get(f"{SENDING}?dich=all")
        assert "Gửi nhanh có trả tiền trên Telegram" in page.words
        assert "không mất Sao nào" in page.words
    assert replace(TelegramSettings(), paid_broadcast=True).paid_rate == 1000
