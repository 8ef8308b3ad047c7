"""A quiz through the whole service over real HTTP: asked on three channels, answered on each."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.db import Database
from bot.library import Library
from bot.models import Poll, QuizAnswer
from tests.test_service import soon
from tests.town import GROUP, ROOM, ZALO_GROUP, OnTheWeb, OnZalo, Town, a_town, until

QUIZ = "cau-do-ngay-dich"


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    async with a_town(tmp_path, database_url) as town:
        await town.settle()
        yield town


async def test_a_quiz_is_asked_on_every_channel_and_answered_there(town: Town, library: Library) -> None:
    post = library.posts[QUIZ]
    right = post.right or 0
    wrong = (right + 1) % len(post.options)
    await town.run()
    town.write_schedule(QUIZ, soon(8))
    async with aiohttp.ClientSession() as session:
        web = OnTheWeb(town.url, session)
        await web.open(room=ROOM)
        await until(lambda: web.room and town.telegram.polls and town.zalo.messages, 40, "the quiz")
        (question,) = web.room.values()
        await web.press(question["choices"][right]["value"], room=ROOM)
        await town.telegram.vote(GROUP, right)
        person = OnZalo(town.zalo)
        await person.say(f"câu đố {wrong + 1}")
        await until(lambda: web.heard() and person.heard(), 20, "the answers")
        await web.close()
    assert "Đúng rồi" in web.heard()[-1]
    assert "Chưa đúng" in person.heard()[-1]
    assert town.zalo.messages[0].chat == ZALO_GROUP
    assert f"{right + 1}. {post.options[right]}" in town.zalo.messages[0].text
    database = Database(town.database_url, town.vault)
    async with database.read() as db:
        answers = sorted([one.option for one in await db.scalars(select(QuizAnswer))])
        votes = list(await db.scalars(select(Poll.votes)))
    await database.close()
    assert answers == sorted([right, wrong])
    assert votes == [[int(number == right) for number in range(len(post.options))]]
    assert town.telegram.violations == town.zalo.violations == []
