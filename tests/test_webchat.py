"""The web channel: a message is kept once and only then confirmed, nobody reads another's, a room shows posts alone."""

import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientResponse, FormData, WSMsgType
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.webchat_frames import Bad, hello_of, said_of, sniffed
from bot.channels.webchat_uploads import LARGEST_FILE, visitor_of
from bot.errors import Refused
from bot.library import Library
from bot.messages import Address, AttachmentKind, Choice, Outgoing, Picture
from bot.texts import Texts
from tests.website import NEIGHBOUR, NOW_AT, ROOM, VETERAN, Website, website

PHOTO = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Website]:
    async with website(tmp_path, Library(Texts({}))) as running:
        yield running


async def uploaded(site: Website, data: bytes, key: str = VETERAN, mime: str = "image/png") -> ClientResponse:
    form = FormData()
    form.add_field("file", io.BytesIO(data), filename="anh.png", content_type=mime)
    return await site.session.post(f"{site.url}/chat/upload", data=form, headers={"X-Chat-Key": key})


async def test_a_message_is_confirmed_after_it_is_in_the_inbox(site: Website) -> None:
    async with site.visitor() as veteran:
        await veteran.say(id="tin-00001", text="Tôi biết một ngôi mộ")
        assert await veteran.until("got") == "tin-00001"
    me = visitor_of(VETERAN)
    row = site.inbox.rows[f"web:{me}:tin-00001"]
    incoming = site.chat.read(row)
    assert (incoming.text, incoming.chat, incoming.sender) == (
        "Tôi biết một ngôi mộ",
        Address("web", me),
        incoming.chat,
    )
    assert incoming.sent_at == NOW_AT
    assert not incoming.in_group


async def test_what_a_browser_pastes_along_with_the_words_is_not_heard(site: Website) -> None:
    async with site.visitor() as veteran:
        await veteran.say(id="tin-00001", text="Ðại\u00a0ðội\u200b 3")
        assert await veteran.until("got") == "tin-00001"
    [row] = site.inbox.rows.values()
    assert site.chat.read(row).text == "Đại đội 3"


async def test_the_same_frame_said_twice_is_one_line_and_one_update(site: Website) -> None:
    async with site.visitor() as veteran:
        for _ in range(2):
            await veteran.say(id="tin-00001", text="Tôi biết một ngôi mộ")
            assert await veteran.until("got") == "tin-00001"
    assert len(site.inbox.rows) == 1
    async with site.visitor() as again:
        assert again.texts == ["Tôi biết một ngôi mộ"]


async def test_when_the_inbox_fails_nothing_is_confirmed_and_the_browser_can_say_it_again(site: Website) -> None:
    site.inbox.broken = True
    async with site.visitor() as veteran:
        await veteran.say(id="tin-00001", text="Tôi biết một ngôi mộ")
        assert await veteran.until("no") == {"id": "tin-00001", "why": "later"}
        site.inbox.broken = False
        await veteran.say(id="tin-00001", text="Tôi biết một ngôi mộ")
        assert await veteran.until("got") == "tin-00001"
    assert len(site.inbox.rows) == 1


async def test_an_answer_reaches_every_page_the_visitor_has_open(site: Website) -> None:
    async with site.visitor() as phone, site.visitor() as computer:
        await site.answer("Cảm ơn bác", "1.0", choices=(Choice("Có", "yes"), Choice("Nhắc lại", "again", aside=True)))
        for page in (phone, computer):
            [line] = await page.until("lines")
            assert line["text"] == "Cảm ơn bác"
            assert [choice["label"] for choice in line["choices"]] == ["Có", "Nhắc lại"]
            assert line["at"] == "2026-11-23T07:30+07:00"


async def test_who_comes_back_gets_the_lines_since_his_last_one(site: Website) -> None:
    first = await site.answer("Một", "1.0")
    await site.answer("Hai", "2.0")
    await site.answer("Ba", "3.0")
    async with site.visitor(after=int(first)) as veteran:
        assert veteran.texts == ["Hai", "Ba"]


async def test_a_long_conversation_is_given_whole_and_in_order_to_who_comes_back(site: Website) -> None:
    ids = [int(await site.answer(f"Dòng {number}", f"{number}.0")) for number in range(230)]
    async with site.visitor(after=ids[0]) as veteran:
        assert veteran.texts == [f"Dòng {number}" for number in range(1, 230)]
    async with site.visitor() as newly_opened:
        assert newly_opened.texts == [f"Dòng {number}" for number in range(30, 230)]


async def test_sent_twice_with_one_key_is_one_line_with_one_id(site: Website) -> None:
    assert await site.answer("Cảm ơn bác", "7.0") == await site.answer("Cảm ơn bác", "7.0")
    async with site.visitor() as veteran:
        assert veteran.texts == ["Cảm ơn bác"]


async def test_a_visitor_cannot_take_the_key_of_an_answer_with_an_id_of_his_own(site: Website) -> None:
    async with site.visitor() as veteran:
        await veteran.say(id="out-7-0000", text="7.0")
        await veteran.until("got")
    await site.answer("Cảm ơn bác", "7.0")
    async with site.visitor() as veteran:
        assert veteran.texts == ["7.0", "Cảm ơn bác"]


async def test_two_visitors_do_not_read_each_other(site: Website) -> None:
    async with site.visitor(VETERAN) as veteran, site.visitor(NEIGHBOUR) as neighbour:
        await veteran.say(id="tin-00001", text="Chuyện riêng")
        await veteran.until("got")
        await site.answer("Trả lời riêng", "1.0")
        await neighbour.say(id="tin-00001", text="Chào")
        await neighbour.until("got")
        assert set(neighbour.texts) <= {"Chào"}
    async with site.visitor(NEIGHBOUR) as neighbour:
        assert neighbour.texts == ["Chào"]
    assert len(site.inbox.rows) == 2


async def test_a_key_is_never_kept(site: Website, tmp_path: Path) -> None:
    async with site.visitor() as veteran:
        await veteran.say(id="tin-00001", text="Chào")
        await veteran.until("got")
    await uploaded(site, PHOTO)
    assert VETERAN.encode() not in everything(tmp_path)


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_a_room_shows_what_we_post_and_nothing_that_is_said_there(site: Website) -> None:
    async with site.visitor(room=ROOM) as veteran:
        await site.answer("Thông báo", "1.0", to=ROOM)
        assert [line["text"] for line in await veteran.until("lines")] == ["Thông báo"]
        await veteran.say(id="tin-00001", text="Tôi hỏi riêng", room=ROOM)
        await veteran.until("got")
    async with site.visitor(None, room=ROOM) as reader:
        assert reader.texts == ["Thông báo"]
    async with site.visitor() as veteran:
        assert veteran.texts == ["Tôi hỏi riêng"]
    [row] = site.inbox.rows.values()
    assert site.chat.read(row).start == "room:TDP-2"
    assert not site.chat.read(row).in_group


async def test_a_reader_of_a_room_needs_no_key_and_cannot_speak(site: Website) -> None:
    async with site.visitor(None, room=ROOM) as reader:
        await reader.say(id="tin-00001", text="Chào")
        assert await reader.until("no") == {"id": "tin-00001", "why": "bad"}
    assert not site.inbox.rows


async def test_a_pressed_button_and_the_link_to_the_form_are_told_apart_from_words(site: Website) -> None:
    async with site.visitor() as veteran:
        await veteran.say(id="tin-00001", choice="tip:yes", label="Tôi đồng ý")
        await veteran.until("got")
        await veteran.say(id="tin-00002", start="tip", label="Tôi muốn báo tin")
        await veteran.until("got")
    pressed, started = (site.chat.read(row) for row in site.inbox.rows.values())
    assert (pressed.choice, pressed.text, pressed.start) == ("tip:yes", "", "")
    assert (started.choice, started.text, started.start) == (None, "", "tip")
    async with site.visitor() as again:
        assert again.texts == ["Tôi đồng ý", "Tôi muốn báo tin"]


async def test_a_place_is_read_with_its_accuracy(site: Website) -> None:
    async with site.visitor() as veteran:
        await veteran.say(id="tin-00001", location={"lat": 21.1313, "lon": 106.469, "accuracy": 18.5})
        await veteran.until("got")
    [row] = site.inbox.rows.values()
    [place] = site.chat.read(row).attachments
    assert place.kind is AttachmentKind.LOCATION
    assert (place.latitude, place.longitude, place.accuracy) == (21.1313, 106.469, 18.5)


async def test_a_picture_of_ours_has_a_path_on_this_very_site(site: Website) -> None:
    await site.answer("Hình", "1.0", picture=Picture("ab" * 32, "Đồ họa"))
    async with site.visitor() as veteran:
        [line] = veteran.lines
    assert line["picture"]["alt"] == "Đồ họa"
    assert line["picture"]["url"].startswith(f"/p/{'ab' * 32}.")


async def test_what_is_too_long_is_refused_with_a_reason_and_the_next_is_taken(site: Website) -> None:
    async with site.visitor() as veteran:
        await veteran.say(id="tin-00001", text="a" * 4001)
        assert await veteran.until("no") == {"id": "tin-00001", "why": "too_long"}
        await veteran.say(id="tin-00002", text="a" * 4000)
        assert await veteran.until("got") == "tin-00002"


async def test_who_speaks_too_fast_is_asked_to_wait(site: Website) -> None:
    async with site.visitor() as hasty:
        answers: list[dict[str, str]] = []
        for number in range(22):
            await hasty.say(id=f"tin-{number:05}", text="Chào")
        while not answers:
            frame = await hasty.socket.receive_json(timeout=20)
            answers += [frame["no"]] if "no" in frame else []
    assert answers[0]["why"] == "slow"
    assert len(site.inbox.rows) < 22


@pytest.mark.parametrize(
    "hello",
    ["", "[]", '{"hello": 1}', '{"hello": {}}', '{"hello": {"key": "short"}}', '{"hello": {"room": "telegram:-100"}}'],
)
async def test_a_greeting_that_is_not_ours_closes_the_line(site: Website, hello: str) -> None:
    async with site.session.ws_connect(f"{site.url}/ws") as socket:
        await socket.send_str(hello)
        assert (await socket.receive(timeout=20)).type is WSMsgType.CLOSE


async def test_a_frame_larger_than_we_take_closes_the_line(site: Website) -> None:
    async with site.visitor() as veteran:
        await veteran.socket.send_str("x" * 100_000)
        assert (await veteran.socket.receive(timeout=20)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)


async def test_when_the_service_stops_it_says_goodbye_to_open_pages(tmp_path: Path) -> None:
    async with website(tmp_path, Library(Texts({}))) as site, site.visitor() as veteran:
        await site.chat._shut(None)  # type: ignore[arg-type]
        assert (await veteran.socket.receive(timeout=20)).type is WSMsgType.CLOSE


async def test_an_uploaded_photo_is_fetched_byte_for_byte(site: Website) -> None:
    kept = await (await uploaded(site, PHOTO)).json()
    assert kept["mime"] == "image/png"
    async with site.visitor() as veteran:
        await veteran.say(id="tin-00001", attachments=[{**kept, "kind": "file"}])
        await veteran.until("got")
    [row] = site.inbox.rows.values()
    [photo] = site.chat.read(row).attachments
    assert (photo.kind, photo.name) == (AttachmentKind.PHOTO, "anh.png")
    assert await site.chat.fetch(photo) == PHOTO


async def test_a_recording_is_a_voice_message(site: Website) -> None:
    webm = b"\x1a\x45\xdf\xa3" + b"\0" * 20 + b"webm" + b"\0" * 40
    kept = await (await uploaded(site, webm, mime="audio/webm;codecs=opus")).json()
    async with site.visitor() as veteran:
        await veteran.say(id="tin-00001", attachments=[{**kept, "kind": "voice"}])
        await veteran.until("got")
    [row] = site.inbox.rows.values()
    [voice] = site.chat.read(row).attachments
    assert (voice.kind, voice.mime) == (AttachmentKind.VOICE, "audio/webm")


async def test_nobody_can_send_a_file_that_another_uploaded(site: Website) -> None:
    kept = await (await uploaded(site, PHOTO, key=VETERAN)).json()
    async with site.visitor(NEIGHBOUR) as neighbour:
        await neighbour.say(id="tin-00001", attachments=[kept])
        assert await neighbour.until("no") == {"id": "tin-00001", "why": "bad"}
    assert not site.inbox.rows


async def test_a_file_that_is_too_large_or_empty_is_refused_with_a_reason(site: Website) -> None:
    large = await uploaded(site, b"x" * (LARGEST_FILE + 1))
    assert (large.status, await large.json()) == (413, {"why": "too_big"})
    empty = await uploaded(site, b"")
    assert (empty.status, await empty.json()) == (400, {"why": "empty"})


async def test_an_upload_without_a_key_or_without_a_file_is_refused(site: Website) -> None:
    assert (await uploaded(site, PHOTO, key="")).status == 403
    bare = await site.session.post(f"{site.url}/chat/upload", data=b"x", headers={"X-Chat-Key": VETERAN})
    assert bare.status == 400


async def test_who_uploads_without_end_is_asked_to_wait(site: Website) -> None:
    statuses = [(await uploaded(site, PHOTO)).status for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    assert (await uploaded(site, PHOTO, key=NEIGHBOUR)).status == 200


async def test_an_upload_that_is_gone_is_never_asked_for_again(site: Website) -> None:
    kept = await (await uploaded(site, PHOTO)).json()
    async with site.visitor() as veteran:
        await veteran.say(id="tin-00001", attachments=[kept])
        await veteran.until("got")
    [row] = site.inbox.rows.values()
    [photo] = site.chat.read(row).attachments
    assert await site.room.drop_uploads(datetime.now(UTC) - timedelta(days=1)) == 0
    assert await site.room.drop_uploads(datetime.now(UTC) + timedelta(days=1)) == 1
    with pytest.raises(Refused):
        await site.chat.fetch(photo)


async def test_only_addresses_of_the_web_are_written_to(site: Website) -> None:
    with pytest.raises(Refused):
        await site.chat.send(Address("web", "x"), Outgoing("Chào"), "1.0")


@given(st.text(max_size=200))
def test_any_text_is_either_a_frame_or_bad(text: str) -> None:
    for read in (hello_of, said_of):
        with pytest.raises(Bad):
            read(text)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"id": st.just("tin-00001")},
        optional=dict.fromkeys(("text", "choice", "label", "start", "room", "attachments", "location"), _json),
    )
)
def test_any_frame_is_either_read_or_bad(said: dict[str, object]) -> None:
    try:
        message = said_of(json.dumps({"say": said}))
    except Bad:
        return
    assert json.dumps(message.update())
    assert json.dumps(message.line(), allow_nan=False)


@given(st.binary(max_size=64), st.text(max_size=30))
def test_what_is_uploaded_always_has_a_type(data: bytes, declared: str) -> None:
    assert "/" in sniffed(data, declared)
