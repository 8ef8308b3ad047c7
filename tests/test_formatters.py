"""Any text through every channel's formatter: valid for the platform's server, and every word is still there."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.channels import telegram_message, zalo_bot, zalo_oa_message
from bot.channels.webchat import WebChat
from bot.channels.zalo_bot import ZaloBot
from bot.config import ZaloBotSettings
from bot.messages import Address, Choice, Outgoing, Picture, Quiz, from_json, to_json, utf16
from tests.conftest import NOW
from tests.standins import bot_api, zalo_bot_api
from tests.standins.port import Shelf

HINT = "Hoặc nhắn:"
PICTURE = Picture("0" * 64, "Hình của bài")
Raw = dict[str, Any]

NASTY = (
    "**", "****", "**đậm**", "** lỏng **", "**hai\nhàng**", "**😀 rộng 𠀀**", "*",
    "_gạch_", "[liên kết](x)", "`mã`", "<b>", "&amp;",
    "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇻🇳", "👍🏽", "1️⃣", "𝔗𝔯𝔦 Â𝔫", "𠀀", "\U0010ffff", "\ufffd", "\ufeff",
    "\u200b", "\u200d", "\u2028", "\u00a0", "\u3000", "e\u0302\u0301", "Lie\u0323\u0302t si\u0303", "a" + "\u0323" * 40,
    "שלום", "مرحبا", "\u202eđảo\u202c", "\u2067xyz\u2069", "https://phường.example/a?b=1&c=2#d", "www.x.vn",
    "@TriAnBot", "/start", "\t", "\r\n", "\n\n", "\n", ". ", "\x0b", "\x1f",
    "x" * 2001, "ậ" * 4097, "😀" * 1100, "**" + "dài" * 900 + "**",
)  # fmt: skip
"""what has broken formatters before: marks, joiners, flags, half and double widths, right-to-left, very long words"""

words = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.text("abcđeêậÂ*😀 \n", max_size=30),
    st.text("xậ😀", min_size=200, max_size=700),
)
texts = st.lists(words, min_size=1, max_size=14).map(" ".join).filter(lambda text: any(map(str.strip, text.split("*"))))
labels = words.map(lambda label: " ".join(label.split())[:90]).filter(str.strip)
choices = st.lists(
    st.builds(
        Choice, labels, st.integers(0, 999).map(str), st.sampled_from(("", "https://a.example/x")), st.booleans()
    ),
    max_size=7,
).map(tuple)
messages = st.builds(Outgoing, texts, st.sampled_from((None, PICTURE)), choices)


def telegram(message: Outgoing) -> Iterator[Raw]:
    for part in telegram_message.parts(message):
        place = telegram_message.placed("-1001", part)
        if part.quiz is not None:
            body = place | telegram_message.poll_of(part.quiz, part.choices)
            assert list(bot_api.faults("sendPoll", body)) == []
        elif part.picture is not None:
            body = place | telegram_message.caption_of(part) | {"photo": "file-1"}
            assert list(bot_api.faults("sendPhoto", body)) == []
        else:
            body = place | telegram_message.text_of(part)
            assert list(bot_api.faults("sendMessage", body)) == []
        yield body


def on_zalo_bot(message: Outgoing) -> Iterator[Raw]:
    bot = ZaloBot(ZaloBotSettings(token="1:x"), Shelf(), menu_hint=HINT)
    for part in bot.parts(message):
        if part.picture is not None:
            body = {"chat_id": "g1", "photo": "https://a.example/p.png", **zalo_bot.caption_of(part)}
            assert list(zalo_bot_api.faults("sendPhoto", body)) == []
        else:
            body = {"chat_id": "g1", **zalo_bot.text_of(part)}
            assert list(zalo_bot_api.faults("sendMessage", body)) == []
        yield body


def zalo_oa(message: Outgoing, buttons: bool = True) -> Iterator[Raw]:
    for part in zalo_oa_message.parts(message, HINT):
        if part.picture is not None:
            body = zalo_oa_message.pictured(part, HINT, "att-1", "template")
        else:
            body = zalo_oa_message.said(part, HINT, buttons=buttons)
            assert body["text"]
        assert utf16(body.get("text", "x")) in range(1, 2001)
        yield body


def zalo_oa_group(message: Outgoing) -> Iterator[Raw]:
    return zalo_oa(message, buttons=False)


class Kept:
    """The Transcript of one line."""

    line: Raw

    async def write(self, address: str, key: str, ours: bool, line: Raw, at: datetime) -> tuple[int, bool]:
        self.line = line
        return 1, True

    async def since(self, address: str, id: int, limit: int = 100) -> list[Raw]:
        return [{**self.line, "id": 1, "at": NOW, "ours": True, "seen": 1}]

    async def before_last(self, address: str, count: int) -> int:
        return 0

    async def change(self, address: str, id: int, line: Raw, at: datetime) -> bool:
        return False

    async def keep_upload(self, data: bytes, name: str, mime: str) -> str:
        raise NotImplementedError

    async def load_upload(self, key: str) -> bytes:
        raise NotImplementedError


PLATFORMS: dict[str, Callable[[Outgoing], Iterator[Raw]]] = {
    "telegram": telegram,
    "zalo_bot": on_zalo_bot,
    "zalo_oa": zalo_oa,
    "zalo_oa_group": zalo_oa_group,
}
said = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def letters(text: str) -> str:
    """What must not be lost: all but white space and the marks of emphasis."""
    return "".join(text.split()).replace("*", "")


def shown(bodies: list[Raw]) -> str:
    """All that somebody can read of it: words and the labels of buttons."""
    read = list[str]()
    for body in bodies:
        read += [body.get("text", ""), body.get("caption", ""), body.get("question", "")]
        read += [option["text"] for option in body.get("options", ())]
        rows = body.get("reply_markup", {}).get("inline_keyboard", ())
        read += [button["text"] for row in rows for button in row]
        read += [button["title"] for button in body.get("attachment", {}).get("payload", {}).get("buttons", ())]
    return letters("".join(read))


def spans(body: Raw) -> list[tuple[str, int, int]]:
    """(text, start, length) of every stretch that has a style."""
    text = body.get("text") or body.get("caption") or ""
    marks = body.get("entities") or body.get("caption_entities") or ()
    styles = body.get("text_styles") or ()
    return [(text, m["offset"], m["length"]) for m in marks] + [(text, s["start"], s["len"]) for s in styles]


def is_whole(body: Raw) -> bool:
    """It can be written as UTF-8 and read again: no half of a character is left."""
    return bool(json.loads(json.dumps(body, ensure_ascii=False).encode()) == body)


@pytest.mark.parametrize("platform", PLATFORMS)
@said
@given(message=messages)
@example(message=Outgoing("**" + "x" * 5000 + "**"))
@example(message=Outgoing("😀" * 4000, PICTURE))
def test_every_part_is_valid_and_together_they_have_every_word(platform: str, message: Outgoing) -> None:
    bodies = list(PLATFORMS[platform](message))
    assert bodies
    assert all(is_whole(body) for body in bodies)
    told = shown(bodies)
    at = told.find(letters(message.text))
    assert at >= 0
    assert all(letters(choice.label) in told for choice in message.choices)


@pytest.mark.parametrize("platform", PLATFORMS)
@said
@given(message=messages)
def test_styles_lie_on_what_was_marked_and_do_not_overlap(platform: str, message: Outgoing) -> None:
    for body in PLATFORMS[platform](replace(message, choices=())):
        end = 0
        for text, start, length in sorted(spans(body), key=lambda span: span[1]):
            wide = text.encode("utf-16-le")
            assert end <= start < start + length <= len(wide) // 2
            assert f"**{wide[start * 2 : (start + length) * 2].decode('utf-16-le')}**" in message.text
            end = start + length


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_stray_mark_in_the_text_does_not_reach_into_the_menu(platform: str) -> None:
    stray = Outgoing("Giá **5 nghìn", choices=(Choice("Một**", "1"), Choice("Hai", "2")))
    assert [span for body in PLATFORMS[platform](stray) for span in spans(body)] == []


@said
@given(message=messages)
async def test_the_web_keeps_the_text_as_it_is(message: Outgoing) -> None:
    kept = Kept()
    chat = WebChat(kept, Shelf(), b"k" * 32, ZoneInfo("Asia/Ho_Chi_Minh"), lambda: NOW)
    (part,) = chat.parts(message)
    await chat.send(Address("web", "r-to-1"), part, "1.0")
    assert is_whole(kept.line)
    assert kept.line["text"] == message.text
    assert [choice["label"] for choice in kept.line["choices"]] == [choice.label for choice in message.choices]


@said
@given(question=texts, options=st.lists(labels, min_size=1, max_size=13), explanation=texts, data=st.data())
def test_any_quiz_is_a_valid_poll_or_words_with_all_its_options(
    question: str, options: list[str], explanation: str, data: st.DataObject
) -> None:
    right = data.draw(st.integers(0, len(options) - 1))
    ways = tuple(Choice(option, f"q:1:{number}") for number, option in enumerate(options))
    asks = Outgoing(question, choices=ways, quiz=Quiz(question, right, explanation))
    for platform in PLATFORMS.values():
        told = shown(list(platform(asks)))
        assert letters(question) in told
        assert all(letters(option) in told for option in options)


@said
@given(message=messages)
def test_a_message_is_the_same_after_it_was_kept(message: Outgoing) -> None:
    assert from_json(json.loads(json.dumps(to_json(message)))) == message


@said
@given(text=texts, marks=st.integers(0, 3))
def test_a_text_that_fits_is_one_part_everywhere(text: str, marks: int) -> None:
    short = Outgoing("**" * marks + text[:400])
    if short.text.strip():
        assert [len(list(platform(replace(short)))) for platform in PLATFORMS.values()] == [1, 1, 1, 1]
