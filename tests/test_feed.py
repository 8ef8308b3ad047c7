"""What went out has a public page, shows itself elsewhere, and can be subscribed to; nothing else does."""

import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as Xml

import pytest
from PIL import Image

from bot import HOME
from bot.library import Library, read_library
from bot.messages import Outgoing, to_json
from bot.models import Broadcast, BroadcastState, Correction
from tests.browser import flaws, window
from tests.website import NOW_AT, Website, website

ATOM = "{http://www.w3.org/2005/Atom}"
AWKWARD = "Chữ <b>đậm</b> & «lạ» ]]> \x0b 😀"


@pytest.fixture(scope="module")
def library() -> Library:
    return read_library(HOME / "content")


@pytest.fixture
async def site(tmp_path: Path, library: Library) -> AsyncIterator[Website]:
    async with website(tmp_path, library) as running:
        yield running


async def sent(site: Website, id: str, title: str, text: str, days: int = 1, **more: object) -> int:
    row = Broadcast(post_id=id, title=title, message=to_json(Outgoing(f"**{title}**\n\n{text}")), target="all")
    row.due_at = row.created_at = NOW_AT - timedelta(days=days)
    row.latest_at, row.state = row.due_at + timedelta(hours=4), BroadcastState.PUBLISHED
    for name, value in more.items():
        setattr(row, name, value)
    async with site.database.write() as db:
        db.add(row)
        await db.flush()
        return row.id


async def got(site: Website, path: str, status: int = 200) -> tuple[str, bytes]:
    async with site.session.get(site.url + path) as answer:
        assert answer.status == status, path
        return answer.headers.get("Content-Type", ""), await answer.read()


def parsed(body: bytes) -> Xml.Element:
    return Xml.fromstring(body)  # noqa: S314 - our own


def meta(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)"', page))


async def test_a_post_that_went_out_has_a_page_that_shows_itself_elsewhere(site: Website) -> None:
    await sent(site, "moi", "Mời «bà con» & bạn bè", "Đoạn **một**.\n\nNguồn: Kế hoạch.")
    page = (await got(site, "/tin/moi"))[1].decode()
    assert "<h1>Mời «bà con» &amp; bạn bè</h1>" in page
    assert "<strong>một</strong>" in page
    assert "Nguồn: Kế hoạch." in page
    assert "22/11/2026" in page
    assert 'href="/chat?bao-tin=1"' in page
    shown = meta(page)
    assert shown["title"] == "Mời «bà con» &amp; bạn bè"
    assert shown["description"] == "Đoạn một. Nguồn: Kế hoạch."
    assert shown["url"].endswith("/tin/moi")
    for address in (shown["url"], shown["image"]):
        assert urlsplit(address).scheme in ("http", "https")
    kind, card = await got(site, urlsplit(shown["image"]).path)
    assert kind == "image/png"
    assert Image.open(io.BytesIO(card)).size == (1200, 630)
    assert (await got(site, urlsplit(shown["image"]).path))[1] == card


async def test_an_answer_shows_itself_elsewhere_too_and_every_page_names_the_feeds(site: Website) -> None:
    page = (await got(site, "/hoi-dap/chien-dich-la-gi"))[1].decode()
    assert meta(page)["title"] == "Chiến dịch 500 ngày đêm là gì?"
    assert len(meta(page)["description"]) <= 201
    assert Image.open(io.BytesIO((await got(site, urlsplit(meta(page)["image"]).path))[1])).size == (1200, 630)
    for path in ("/", "/tin", "/hoi-dap"):
        head = (await got(site, path))[1].decode()
        assert re.search(r'type="application/rss\+xml"[^>]+href="https?://[^"]+/tin\.rss"', head)
        assert re.search(r'type="application/atom\+xml"[^>]+href="https?://[^"]+/tin\.atom"', head)


async def test_what_did_not_go_out_or_was_taken_back_is_nowhere(site: Website) -> None:
    await sent(site, "chua-gui", "Chưa gửi", "x", state=BroadcastState.PLANNED)
    await sent(site, "lo-hen", "Lỡ hẹn", "x", state=BroadcastState.MISSED)
    await sent(site, "dung", "Đã dừng", "x", state=BroadcastState.STOPPED)
    await sent(site, "rieng", "Riêng một nhóm", "x", target="chat:web:r-TDP-2")
    old = await sent(site, "rut", "Đã rút", "x")
    await sent(site, "rut", "Đã rút", "Xin lỗi", corrects_id=old, correction=Correction.DELETE)
    feeds = (await got(site, "/tin.rss"))[1].decode() + (await got(site, "/tin.atom"))[1].decode()
    listed = (await got(site, "/tin"))[1].decode()
    assert "Chưa có bài nào được gửi" in listed
    for id, title in (
        ("chua-gui", "Chưa gửi"),
        ("lo-hen", "Lỡ hẹn"),
        ("dung", "Đã dừng"),
        ("rieng", "Riêng"),
        ("rut", "Đã rút"),
    ):
        assert title not in feeds
        await got(site, f"/tin/{id}", 404)
        await got(site, f"/tin/{id}/the.png", 404)
        await got(site, f"/tin/{id}/hinh.png", 404)


async def test_a_corrected_post_reads_as_it_was_corrected_and_says_when(site: Website) -> None:
    old = await sent(site, "sua", "Sửa lại", "Chữ sai.", days=3, state=BroadcastState.STOPPED)
    await sent(site, "sua", "Sửa lại", "Chữ đúng.", days=1, corrects_id=old, correction=Correction.EDIT)
    page = (await got(site, "/tin/sua"))[1].decode()
    assert "Chữ đúng." in page
    assert "Chữ sai." not in page
    assert "20/11/2026 · Đã đính chính ngày 22/11/2026" in re.sub(r"<[^>]+>", "", page)
    entry = parsed((await got(site, "/tin.atom"))[1]).find(f"{ATOM}entry")
    assert entry is not None
    assert (entry.findtext(f"{ATOM}updated") or "") > (entry.findtext(f"{ATOM}published") or "")


async def test_the_rss_is_what_a_strict_reader_takes(site: Website) -> None:
    await sent(site, "mot", AWKWARD, f"{AWKWARD}\n\n**Hết**.", days=2)
    await sent(site, "hai", "Bài hai", "Chữ.", days=1)
    await sent(site, "mot", "Bài một, gửi lại", "Chữ mới.", days=0)
    kind, body = await got(site, "/tin.rss")
    assert kind == "application/rss+xml; charset=utf-8"
    root = parsed(body)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    (channel,) = root
    for name in ("title", "link", "description", "language", "lastBuildDate"):
        assert channel.findtext(name)
    (self_link,) = channel.findall(f"{ATOM}link")
    assert (self_link.get("rel"), self_link.get("type")) == ("self", "application/rss+xml")
    items = channel.findall("item")
    assert [item.findtext("title") for item in items] == ["Bài một, gửi lại", "Bài hai"]
    for item in items:
        assert urlsplit(item.findtext("link") or "").scheme in ("http", "https")
        assert parsedate_to_datetime(item.findtext("pubDate") or "").tzinfo is not None
        guid = item.find("guid")
        assert guid is not None
        assert guid.get("isPermaLink") == "false"
    assert len({item.findtext("guid") for item in items}) == 2


async def test_awkward_words_come_through_whole(site: Website) -> None:
    await sent(site, "la", AWKWARD, AWKWARD)
    clean = AWKWARD.replace("\x0b", "")
    item = parsed((await got(site, "/tin.rss"))[1]).find("channel/item")
    assert item is not None
    assert item.findtext("title") == clean
    assert item.findtext("description") == clean
    entry = parsed((await got(site, "/tin.atom"))[1]).find(f"{ATOM}entry")
    assert entry is not None
    content = entry.find(f"{ATOM}content")
    assert content is not None
    assert content.get("type") == "html"
    assert "&lt;b&gt;đậm&lt;/b&gt; &amp; «lạ»" in (content.text or "")


async def test_the_atom_feed_has_all_that_it_must_have(site: Website) -> None:
    await sent(site, "mot", "Bài một", "Chữ.")
    kind, body = await got(site, "/tin.atom")
    assert kind == "application/atom+xml; charset=utf-8"
    root = parsed(body)
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert len(root.findall(f"{ATOM}{name}")) == 1
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Phường Trần Nhân Tông, TP Hải Phòng"
    assert {link.get("rel") for link in root.findall(f"{ATOM}link")} == {"self", "alternate"}
    (entry,) = root.findall(f"{ATOM}entry")
    for name in ("id", "title", "updated", "published", "content"):
        assert len(entry.findall(f"{ATOM}{name}")) == 1
    for name in ("updated", "published"):
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}{name}") or "").astimezone(UTC) == NOW_AT - timedelta(
            days=1
        )
    assert (entry.findtext(f"{ATOM}id") or "").startswith("tag:")


async def test_an_empty_feed_is_a_feed(site: Website) -> None:
    assert parsed((await got(site, "/tin.rss"))[1]).find("channel/item") is None
    assert parsed((await got(site, "/tin.atom"))[1]).findtext(f"{ATOM}updated")


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_pages_can_be_read_by_the_old_and_the_blind(site: Website, width: int) -> None:
    await sent(site, "mot", "Mời bà con cung cấp thông tin về liệt sĩ, mộ liệt sĩ", "Một cái tên cũng đáng quý.")
    await sent(site, "hai", "Bài hai", "Chữ.")
    async with window(width, 800) as opened:
        for path in ("/tin", "/tin/mot", "/hoi-dap/chien-dich-la-gi"):
            await opened.page.goto(site.url + path)
            assert await flaws(opened.page) == [], path
        await opened.page.goto(f"{site.url}/tin/mot")
        assert opened.mistakes == []
