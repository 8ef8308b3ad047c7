"""«Phản ánh tin sai, lừa đảo»: the claim is kept, sealed; who reports it is forgotten once he has heard back."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.answers import rumours
from bot.config import Config
from bot.library import Library, Post
from bot.media import Media
from bot.messages import AttachmentKind
from bot.models import Chat, Rumour, RumourReport, RumourState
from scheduler.answers import fetch_screenshots, forget, tell_who_waits
from tests.talk import Talk

CLAIM = "Trên mạng nói nộp 5 triệu thì mộ được lấy mẫu trước, xem ở https://lua-dao.example.com/nop"
CLEAR = Post(
    id="lam-ro-nop-tien",
    kind="dinh-chinh",
    title="Có phải nộp tiền thì mộ mới được lấy mẫu?",
    body="Không đúng. Việc lấy mẫu không thu tiền của gia đình.",
    source="Kế hoạch của phường, mục II",
    topic="canh-giac",
)


async def all_of(talk: Talk, query: Any) -> list[Any]:
    async with talk.database.read() as db:
        return list(await db.scalars(query))


async def report(talk: Talk, claim: str = CLAIM, chat: str = "77", category: str = "Đòi tiền, lừa đảo") -> str:
    await talk.say("phản ánh", chat=chat)
    await talk.say(category, chat=chat)
    await talk.say(claim, chat=chat)
    return await talk.say("Gửi phản ánh", chat=chat)


def media_of(talk: Talk, folder: Path) -> Media:
    return Media(folder / "media", talk.database, b"key", "http://127.0.0.1")


async def test_category_words_and_a_yes_are_all_that_is_asked(talk: Talk) -> None:
    assert "không ghi ai nói" in await talk.say("Báo lừa đảo")
    assert [choice.label for choice in talk.heard[0].choices][:2] == ["Tin sai về Chiến dịch", "Đòi tiền, lừa đảo"]
    assert "đừng ghi tên" in await talk.say("2")
    shown = await talk.say(CLAIM)
    assert "nộp 5 triệu" in shown
    assert "https://lua-dao.example.com/nop" in shown
    assert "đã nhận" in await talk.say("1")
    [rumour] = await all_of(talk, select(Rumour))
    assert (rumour.category, rumour.state) == ("scam", RumourState.NEW)
    assert rumour.link == "https://lua-dao.example.com/nop"
    assert "example.com" not in rumour.words


async def test_words_and_link_are_sealed_in_the_database(talk: Talk) -> None:
    await report(talk)
    async with talk.database.read() as db:
        raw = (await db.execute(text("SELECT words, link FROM rumours"))).one()
    assert all(column.startswith("gAAAA") for column in raw)


async def test_more_words_and_a_screenshot_join_it_until_it_is_sent(talk: Talk, tmp_path: Path) -> None:
    await talk.say("phản ánh")
    await talk.say("Ngoại cảm, gọi hồn tìm mộ")
    await talk.say("thầy nhận gọi hồn tìm mộ")
    talk.line.files["file-3-0"] = b"a picture"
    assert "Kèm một ảnh" in await talk.send(AttachmentKind.PHOTO)
    await talk.say("thu 10 triệu một lần")
    await talk.say("Gửi phản ánh")
    [rumour] = await all_of(talk, select(Rumour))
    assert rumour.words == "thầy nhận gọi hồn tìm mộ\nthu 10 triệu một lần"
    media = media_of(talk, tmp_path)
    assert await fetch_screenshots(talk.database, {"telegram": talk.line}, media, talk.now) == 1
    [rumour] = await all_of(talk, select(Rumour))
    assert await media.load(rumour.sha256) == b"a picture"
    assert rumour.picture_ref == ""


async def test_a_voice_message_is_declined_kindly_and_the_talk_goes_on(talk: Talk) -> None:
    await talk.say("phản ánh")
    await talk.say("Việc khác")
    assert "chữ, đường dẫn hoặc ảnh" in await talk.send(AttachmentKind.VOICE)
    assert "Phường sẽ nhận" in await talk.say("họ bảo đào mộ là được thưởng")


async def test_stopping_keeps_nothing(talk: Talk) -> None:
    await talk.say("phản ánh")
    await talk.say("Việc khác")
    await talk.say("nói sai gì đó")
    assert "không ghi lại gì" in await talk.say("Thôi, không phản ánh")
    assert await all_of(talk, select(Rumour)) == []
    assert await all_of(talk, select(RumourReport)) == []


async def test_another_command_in_between_is_not_taken_for_the_claim(talk: Talk) -> None:
    await talk.say("phản ánh")
    await talk.say("Việc khác")
    assert "Kính chào bác" in await talk.say("trợ giúp")
    assert "Phường sẽ nhận" not in await talk.say("chiến dịch 500 ngày đêm là gì")
    assert await all_of(talk, select(Rumour)) == []


async def test_what_is_too_long_is_said_before_anything_is_kept(talk: Talk) -> None:
    await talk.say("phản ánh")
    await talk.say("Việc khác")
    assert "không quá 2000" in await talk.say("dài " * 600)
    assert await all_of(talk, select(Rumour)) == []


async def test_a_button_pressed_twice_or_by_another_changes_nothing(talk: Talk) -> None:
    await talk.say("phản ánh")
    await talk.say("Việc khác")
    await talk.say("nói sai gì đó")
    send = talk.heard[0].choices[0].value
    assert "đã được gửi hoặc đã bỏ" in await talk.say(press=send, chat="78")
    await talk.say(press=send)
    assert "đã được gửi hoặc đã bỏ" in await talk.say(press=send)
    assert len(await all_of(talk, select(Rumour))) == 1


async def test_in_a_group_it_asks_to_write_privately(talk: Talk) -> None:
    await talk.say("xin chào", chat="-5", addressed=True)
    async with talk.database.write() as db:
        group = await db.scalar(select(Chat).where(Chat.address == "telegram:-5"))
        assert group is not None
        group.state = "active"
    assert "nhắn riêng" in await talk.say("phản ánh", chat="-5", addressed=True)


async def test_to_tell_of_a_grave_still_begins_a_tip(talk: Talk) -> None:
    assert "phản ánh" not in await talk.say("báo tin")
    assert await talk.tip()


async def test_like_claims_are_one_and_all_who_reported_hear_back_once_and_are_forgotten(
    talk: Talk, library: Library, config: Config
) -> None:
    await report(talk, chat="77")
    await report(talk, CLAIM.replace("5 triệu", "năm triệu"), chat="78")
    await report(talk, "giả danh cán bộ gọi điện hỏi mã OTP", chat="79")
    one, two, other = await all_of(talk, select(Rumour).order_by(Rumour.id))
    assert one.likeness == two.likeness != other.likeness
    async with talk.database.write() as db:
        for rumour in await rumours.together(db, await db.get_one(Rumour, one.id)):
            rumour.post_id = CLEAR.id
    assert await tell_who_waits(talk.database, library, config, talk.now) == 0, "not in force yet"
    in_force = replace(library, posts={**library.posts, CLEAR.id: CLEAR})
    await talk.answers()
    assert await tell_who_waits(talk.database, in_force, config, talk.now) == 2
    told = await talk.answers()
    assert len(told) == 2
    assert all("không thu tiền" in message.text and "Nguồn: Kế hoạch" in message.text for message in told)
    assert await tell_who_waits(talk.database, in_force, config, talk.now) == 0
    reports = await all_of(talk, select(RumourReport).order_by(RumourReport.id))
    assert [report.chat_id is None for report in reports] == [True, True, False]


async def test_a_claim_that_was_made_clear_before_is_answered_at_once(
    talk: Talk, library: Library, config: Config
) -> None:
    await report(talk, chat="77")
    async with talk.database.write() as db:
        (await db.get_one(Rumour, 1)).post_id = CLEAR.id
    in_force = replace(library, posts={**library.posts, CLEAR.id: CLEAR})
    await tell_who_waits(talk.database, in_force, config, talk.now)
    await report(talk, chat="78")
    await talk.answers()
    assert await tell_who_waits(talk.database, in_force, config, talk.now) == 1
    assert "không thu tiền" in (await talk.answers())[0].text


async def test_what_the_privacy_page_promises_is_forgotten_in_time(
    talk: Talk, config: Config, library: Library, tmp_path: Path
) -> None:
    media = media_of(talk, tmp_path)
    await talk.say("phản ánh", chat="70")
    await talk.say("Việc khác", chat="70")
    await talk.say("chưa gửi", chat="70")
    await report(talk, chat="77")
    await report(talk, "giả danh cán bộ gọi điện hỏi mã OTP", chat="78")
    sha256 = await media.keep(b"a picture")
    async with talk.database.write() as db:
        settled = await db.get_one(Rumour, 2)
        settled.sha256 = sha256
        await rumours.set_aside(db, library, config, settled, talk.now)
    await forget(talk.database, media, talk.now + timedelta(days=2))
    assert {row.id for row in await all_of(talk, select(Rumour))} == {2, 3}, "the draft is gone"
    await forget(talk.database, media, talk.now + timedelta(days=91))
    assert [row.chat_id for row in await all_of(talk, select(RumourReport))] == [None, None]
    assert media.path(sha256).exists()
    await forget(talk.database, media, talk.now + timedelta(days=366))
    [old, still_open] = await all_of(talk, select(Rumour).order_by(Rumour.id))
    assert (old.words, old.link, old.sha256) == ("", "", "")
    assert still_open.words
    assert not media.path(sha256).exists()


@pytest.mark.parametrize("words", ["xem www.lua.vn/abc nhé", "vào lua-dao.com", "https://a.example/x?y=1"])
async def test_links_are_kept_apart(talk: Talk, words: str) -> None:
    await report(talk, words)
    [rumour] = await all_of(talk, select(Rumour))
    assert rumour.link in words
    assert rumour.link not in rumour.words
