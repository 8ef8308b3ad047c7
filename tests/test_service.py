"""The whole service, over real HTTP: posts reach the groups on time, tips reach the database; killed at every step."""

import asyncio
import hashlib
import io
import random
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from PIL import Image
from sqlalchemy import select

from bot.cases.tips import live
from bot.db import Database
from bot.models import Delivery, Tip, TipFile
from tests.town import GROUP, ROOM, ZALO_GROUP, OnTelegram, OnTheWeb, OnZalo, Person, Town, a_town, until

POST = "chien-dich-la-gi"
PHOTO = "~photo"
STEPS = (
    ("báo tin", "đồng ý cho"),
    ("Tôi đồng ý", "điều bác biết"),
    ("Năm 72 tôi chôn một đồng đội gần suối", "tên gì"),
    ("không nhớ", "ở đơn vị nào"),
    ("d3 e9 f304", "“Năm 72”"),
    ("khoảng 1972, mùa mưa", "gần suối”"),
    ("Văn Đức, Chí Linh, Hải Hưng", "trực tiếp chôn cất"),
    ("Tôi trực tiếp chôn cất", "Bác tên gì"),
    ("Trần Văn Ví Dụ, sinh năm 1950", "theo số nào"),
    ("bỏ qua", "đã đúng chưa"),
    ("Tôi kể thêm chi tiết", "để nhận ra"),
    ("bỏ qua", "tên gọi thời nào"),
    ("bỏ qua", "sơ đồ vẽ tay"),
    (PHOTO, "gửi tiếp"),
    ("Xong", "Quê liệt sĩ"),
    ("Tôi chỉ biết thế thôi", "tổ dân phố"),
    ("bỏ qua", "đã đúng chưa"),
    ("Đúng rồi, gửi đi", "Mã phiếu"),
)
STEERING = (PHOTO, "Xong", "bỏ qua", "Tôi chỉ biết thế thôi")
SAID = [words for words, _ in STEPS[2:-1] if words not in STEERING]


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    async with a_town(tmp_path, database_url) as town:
        await town.settle()
        yield town


def a_photo(seed: int) -> bytes:
    picture = io.BytesIO()
    Image.effect_noise((64, 64), seed).save(picture, "PNG")
    return picture.getvalue()


def soon(seconds: float) -> datetime:
    return (datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")) + timedelta(seconds=seconds)).replace(tzinfo=None)


async def tell(person: Person, photo: bytes) -> str:
    """Tell a whole tip; returns the receipt code."""
    for words, expected in STEPS:
        before = len(person.heard())
        await (person.photo(photo) if words == PHOTO else person.say(words))
        await until(lambda: any(expected in text for text in person.heard()[before:]), what=expected)  # noqa: B023
    return code_of(person)


def code_of(person: Person) -> str:
    found = [code[1] for text in person.heard() if (code := re.search(r"Mã phiếu: (\d{4} \d{4})", text))]
    return found[-1].replace(" ", "")


async def test_a_due_post_reaches_a_group_of_every_channel_once_with_its_picture(town: Town) -> None:
    await town.run()
    town.write_schedule(POST, soon(8))
    async with aiohttp.ClientSession() as session:
        reader = OnTheWeb(town.url, session)
        await reader.open(room=ROOM)
        await until(lambda: reader.room and town.telegram.messages and town.zalo.messages, 40, "the post")
        telegram, zalo = town.telegram.messages, town.zalo.messages
        line = next(iter(reader.room.values()))
        async with session.get(town.url + line["picture"]["url"].removeprefix(town.url)) as answer:
            web_picture = hashlib.sha256(await answer.read()).hexdigest()
        await reader.close()
    assert [message.chat for message in telegram] == [GROUP]
    assert [message.chat for message in zalo] == [ZALO_GROUP]
    assert len(reader.room) == 1
    assert "Chiến dịch 500 ngày đêm là gì?" in telegram[0].text
    assert telegram[0].photo == zalo[0].photo == web_picture
    assert town.telegram.violations == town.zalo.violations == []


async def test_a_veteran_on_each_channel_gives_a_tip_with_a_photo_and_gets_a_code(town: Town) -> None:
    await town.run()
    async with aiohttp.ClientSession() as session:
        web = OnTheWeb(town.url, session)
        await web.open()
        people: list[Person] = [OnTelegram(town.telegram), OnZalo(town.zalo), web]
        photos = [a_photo(seed) for seed in range(10, 13)]
        codes = await asyncio.gather(*map(tell, people, photos))
        await web.close()
    assert len(set(codes)) == 3
    await files_kept(town)
    for code, photo in zip(codes, photos, strict=True):
        shown = await town.json("tips", "show", code)
        assert [f["sha256"] for one in shown["answers"] for f in one["files"]] == [hashlib.sha256(photo).hexdigest()]
        told = [one for one in shown["answers"] if "told_with" not in one["understood"]]
        said = [one["said"] for one in told if one["understood"]["kind"] != "skipped"]
        assert [words for words in said if words] == SAID
    assert town.telegram.violations == town.zalo.violations == []


async def files_kept(town: Town) -> None:
    """Every file that was sent has been fetched."""
    database = Database(town.database_url, town.vault)
    async with asyncio.timeout(20):
        while True:
            async with database.read() as db:
                if set(await db.scalars(select(TipFile.state))) == {"kept"}:
                    break
            await asyncio.sleep(0.2)
    await database.close()


async def test_a_broadcast_written_by_the_command_line_is_sent_by_the_running_service(town: Town) -> None:
    await town.run()
    printed = await town.command("broadcast", POST, "--to", f"chat:telegram:{GROUP}")
    number = printed.strip().splitlines()[-1]
    await town.telegram.until(lambda: town.telegram.messages)
    for _ in range(10):
        shown = await town.json("deliveries", number)
        if shown["counts"]["sent"]:
            break
    assert shown["counts"] == {"pending": 0, "sending": 0, "sent": 1, "unknown": 0, "failed": 0, "cancelled": 0}
    assert shown["broadcast"] == int(number)
    assert shown["deliveries"][0]["chat"] == f"telegram:{GROUP}"
    assert shown["deliveries"][0]["platform_id"]


async def test_a_group_is_enrolled_by_a_code_gets_posts_and_is_known_as_gone_when_it_puts_the_bot_out(
    town: Town,
) -> None:
    group, zalo_group = -100777, "zgr-aabbccddeeff00112233"
    codes = [(await town.command("chats", "code", "--unit", "to-1")).strip() for _ in range(2)]
    await town.run()
    heard, on_zalo = OnTelegram(town.telegram, group).heard, OnZalo(town.zalo, zalo_group).heard
    await town.telegram.say(group, f"/start@{town.telegram.username} {codes[0]}", title="Nhóm thử")
    await town.zalo.say(zalo_group, f"@Bot {codes[1]}", group=True)
    await until(lambda: heard() and on_zalo(), what="the greetings")
    assert all("Kính chào bà con Tổ 1" in greeting for greeting in (heard()[0], on_zalo()[0]))
    await town.telegram.say(group, f"/baotin@{town.telegram.username}")
    await until(lambda: "nhắn riêng cho Tri Ân" in heard()[-1], what="the way into private")
    assert town.telegram.messages[-1].buttons[0]["url"].startswith(f"https://t.me/{town.telegram.username}?start=g")
    await town.command("broadcast", POST, "--to", "unit:to-1")
    await until(lambda: "500 ngày đêm là gì" in heard()[-1] and "500 ngày đêm là gì" in on_zalo()[-1], what="the post")
    town.telegram.faults[group] = "kicked"
    number = (await town.command("broadcast", POST, "--to", f"chat:telegram:{group}")).strip().splitlines()[-1]
    for _ in range(10):
        (delivery,) = (await town.json("deliveries", number))["deliveries"]
        if delivery["state"] == "failed":
            break
    assert (delivery["state"], delivery["reason"]) == ("failed", "kicked")
    states = {one["address"]: (one["state"], one["reason"]) for one in await town.json("chats", "list")}
    assert states[f"telegram:{group}"] == ("gone", "kicked")
    assert town.telegram.violations == town.zalo.violations == []


@pytest.mark.slow
async def test_killed_at_every_step_nothing_is_lost_and_nothing_is_there_twice(town: Town) -> None:
    """-9 at a random moment after each thing said, while a post comes due; the restart is an ordinary start."""
    chance = random.Random(23)
    await town.run()
    town.write_schedule(POST, soon(12))
    person = OnTelegram(town.telegram)
    for words, expected in STEPS:
        before = len(person.heard())
        await (person.photo(a_photo(9)) if words == PHOTO else person.say(words))
        with suppress(AssertionError):
            await until(lambda: person.heard()[before:], chance.uniform(0.01, 0.5))  # noqa: B023
        await town.kill()
        await town.run()
        with suppress(AssertionError):
            await until(lambda: any(expected in text for text in person.heard()[before:]), 4)  # noqa: B023
        if not any(expected in text for text in person.heard()[before:]):
            # The answer was in flight: it is `unknown` and never repeated by itself; a person asks again.
            await person.say("tin của tôi" if expected == "Mã phiếu" else "nhắc lại")
            await until(lambda: len(person.heard()) > before, what=expected)  # noqa: B023
    async with asyncio.timeout(40):
        while not await settled(town):
            await asyncio.sleep(0.5)
    await town.kill()
    await check_nothing_twice(town, person)


async def settled(town: Town) -> bool:
    """The post was due, and every group's delivery has an outcome."""
    database = Database(town.database_url, town.vault)
    async with database.read() as db:
        states = (await db.scalars(select(Delivery.state).where(Delivery.broadcast_id.is_not(None)))).all()
    await database.close()
    return len(states) == 3 and not {"pending", "sending"} & set(states)


async def check_nothing_twice(town: Town, person: OnTelegram) -> None:
    database = Database(town.database_url, town.vault)
    async with database.read() as db:
        tips = list(await db.scalars(select(Tip)))
        deliveries = list(await db.scalars(select(Delivery).where(Delivery.channel == "telegram")))
    await database.close()
    assert len(tips) == 1
    told = [
        one.said
        for one in live(tips[0])
        if one.understood["kind"] != "skipped" and "told_with" not in one.understood and one.said
    ]
    assert told == SAID
    written = [id for one in deliveries for id in one.platform_id.split(",") if id]
    unknown = [one for one in deliveries if one.state in ("unknown", "sending")]  # the last kill leaves its own
    arrived = [str(message.id) for message in town.telegram.messages]
    assert len(written) == len(set(written))
    assert set(written) <= set(arrived)
    assert len(set(arrived) - set(written)) <= len(unknown)
    post = next(one for one in deliveries if one.broadcast_id)
    times = sum(message.chat == GROUP for message in town.telegram.messages)
    assert times == 1 or (times == 0 and post.state == "unknown")
    assert sum(message.chat == ZALO_GROUP for message in town.zalo.messages) <= 1
