"""An Official Account in the whole service: connected by clicking, spoken with, its groups found and confirmed."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import func, select

from bot import staff
from bot.app import Parts, build
from bot.config import Config, DatabaseSettings, Service, Web, ZaloOaSettings
from bot.models import Account, AccountState, AuditEntry, Chat, ChatState, Role, Staff
from tests.dashboard_site import PASSWORD, Answer, Browser, sign_in
from tests.standins.zalo_oa import ZaloOaStandin

PAGE = "/can-bo/zalo-oa"
GROUP = {"group_id": "f414c8f76fa586fbdfb4", "name": "Tổ dân phố số 5", "status": "enabled"}


@pytest.fixture
async def server() -> AsyncIterator[ZaloOaStandin]:
    async with ZaloOaStandin() as server:
        yield server
        assert server.violations == []


@pytest.fixture
def settings(server: ZaloOaStandin, tmp_path: Path, database_url: str) -> Config:
    """A fresh installation with an Official Account."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    service = Service(public_url=f"http://127.0.0.1:{port}")
    database = DatabaseSettings(url=database_url)
    return Config(service=service, database=database, web=Web(port=port), zalo_oa=server.settings(), folder=tmp_path)


@dataclass
class Ward:
    """The running service, and its administrator's browser."""

    parts: Parts
    browser: Browser

    async def one(self, query: Any) -> Any:
        async with self.parts.database.read() as db:
            return await db.scalar(query)

    async def agree(self) -> Answer:
        """Click «Kết nối», agree on Zalo's page, and be sent back."""
        page = await self.browser.get(PAGE)
        assert page.status == 200
        [link] = re.findall(r'class="button[^"]*" href="([^"]+/permission[^"]*)"', page.text)
        async with self.browser.session.get(unescape(link), allow_redirects=False) as answer:
            back = answer.headers["Location"]
        assert back.startswith(f"{self.browser.base}{PAGE}/xong?")
        return await self.browser.get(back.removeprefix(self.browser.base))

    async def until(self, happened: Callable[[], Awaitable[object]]) -> None:
        async with asyncio.timeout(20):
            while not await happened():
                await asyncio.sleep(0.05)


@asynccontextmanager
async def running(config: Config, server: ZaloOaStandin) -> AsyncIterator[Ward]:
    parts = await build(config)
    async with parts.database.write() as db:
        if not await db.scalar(select(func.count()).select_from(Staff)):
            unit = await staff.home_or_new(db, config.service.unit)
            await staff.add(
                db,
                login="quan-tri",
                name="Vũ Đức Quản",
                role=Role.ADMIN,
                unit=unit,
                password=PASSWORD,
                now=datetime.now(UTC),
            )
    runner = web.AppRunner(parts.app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", config.web.port).start()
    server.hook = f"{config.public_url}/webhooks/zalo_oa"
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            browser = Browser(config.public_url, session)
            assert (await sign_in(browser, "quan-tri", PASSWORD)).status == 303
            yield Ward(parts, browser)
    finally:
        await runner.cleanup()


ACCOUNT = select(Account).where(Account.name == "zalo_oa")


async def test_by_clicking_the_account_is_connected_and_answers_people(server: ZaloOaStandin, settings: Config) -> None:
    async with running(settings, server) as ward:
        before = await ward.browser.get(PAGE)
        assert "Chưa kết nối" in before.words
        assert f"{settings.public_url}/webhooks/zalo_oa" in before.words
        back = await ward.agree()
        assert (back.status, back.headers["Location"]) == (303, f"{PAGE}?xong=oa_connected")
        after = await ward.browser.get(f"{PAGE}?xong=oa_connected")
        assert "Đã kết nối Official Account" in after.words
        entry = await ward.one(select(AuditEntry).where(AuditEntry.action == "connect_oa"))
        assert entry.subject == "account:zalo_oa"
        await server.say("551", "trợ giúp")
        await server.until(lambda: server.messages, 20)
    assert [sent.to for sent in server.messages] == ["u:551"]
    assert server.messages[0].buttons


async def test_an_account_that_zalo_refuses_is_down_until_it_is_connected_again(
    server: ZaloOaStandin, settings: Config
) -> None:
    async with running(settings, server) as ward:
        await server.say("551", "trợ giúp")

        async def is_down() -> bool:
            state = await ward.one(select(Account.state).where(Account.name == "zalo_oa"))
            return bool(state == AccountState.DOWN)

        await ward.until(is_down)
        assert "Cần kết nối lại" in (await ward.browser.get(PAGE)).words
        assert (await ward.agree()).status == 303
        assert not await is_down()
        assert "Cần kết nối lại" not in (await ward.browser.get(PAGE)).words


async def test_the_groups_of_a_connected_account_wait_for_staff(server: ZaloOaStandin, settings: Config) -> None:
    async with running(settings, server) as ward:
        await ward.agree()
    server.groups.append(GROUP)
    group = select(Chat).where(Chat.address == f"zalo_oa:g:{GROUP['group_id']}")
    for _ in range(2):  # the second start finds nothing new
        async with running(settings, server) as ward:

            async def known(ward: Ward = ward) -> Any:
                return await ward.one(group)

            await ward.until(known)
            chat = await ward.one(group)
            assert (chat.state, chat.title) == (ChatState.WAITING, "Tổ dân phố số 5")
            assert "Tổ dân phố số 5" in (await ward.browser.get("/can-bo/nhom")).words
            await server.until(lambda: server.messages, 20)
    assert [sent.to for sent in server.messages] == [f"g:{GROUP['group_id']}"]


async def test_consent_for_another_account_or_without_our_state_connects_nothing(
    server: ZaloOaStandin, settings: Config
) -> None:
    async with running(settings, server) as ward:
        server.oa_id = "999"
        other = await ward.agree()
        assert (other.status, "một Official Account khác" in other.words) == (422, True)
        server.oa_id = settings.zalo_oa.oa_id
        forged = await ward.browser.get(f"{PAGE}/xong?code=c&oa_id={server.oa_id}&state=zalo_oa.AAAA")
        assert (forged.status, "không bắt đầu từ trang này" in forged.words) == (422, True)
        assert (await ward.browser.get(f"{PAGE}/xong?code=c&state=nobody.AAAA")).status == 404
        assert "Chưa kết nối" in (await ward.browser.get(f"{PAGE}/xong")).words
        assert (await ward.one(ACCOUNT)).tokens is None


async def test_a_wrong_app_secret_is_said_in_plain_words(server: ZaloOaStandin, settings: Config) -> None:
    wrong = replace(settings, zalo_oa=replace(settings.zalo_oa, app_secret="another"))
    async with running(wrong, server) as ward:
        answer = await ward.agree()
    assert answer.status == 422
    assert "Zalo không nhận khóa" in answer.words


async def test_without_an_official_account_the_page_says_how_to_get_one(
    server: ZaloOaStandin, settings: Config
) -> None:
    async with running(replace(settings, zalo_oa=ZaloOaSettings()), server) as ward:
        assert "Chưa có Official Account nào" in (await ward.browser.get(PAGE)).words
