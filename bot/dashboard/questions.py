"""What residents asked and nobody has approved an answer for: staff answer in their own words."""

from aiohttp import web
from sqlalchemy import select

from bot import outbox
from bot.dashboard.desk import Desk
from bot.errors import Misuse
from bot.messages import Outgoing
from bot.models import Chat, Question, QuestionState

PAGE = 50
LONGEST = 2000


async def listed(desk: Desk) -> web.Response:
    async with desk.read() as db:
        scope = await desk.scope(db)
        rows = await db.scalars(
            select(Question)
            .join(Chat, Question.chat_id == Chat.id)
            .where(Question.state == QuestionState.WAITING, scope.rows(Chat.unit_id))
            .order_by(Question.id)
            .limit(PAGE)
        )
        return desk.page("questions", questions=rows.all(), longest=LONGEST)


async def answer(desk: Desk) -> web.Response:
    text = desk.field("text").replace("\r\n", "\n")
    if not 0 < len(text) <= LONGEST:
        raise Misuse(desk.say("misuse.reply", most=LONGEST))
    async with desk.write() as db:
        question = await db.get(Question, desk.number("id"))
        if question is None or not (await desk.scope(db)).covers(question.chat.unit_id):
            raise web.HTTPNotFound
        if question.state != QuestionState.WAITING:
            raise Misuse(desk.say("misuse.answered"))
        asked = question.text.replace("**", "")
        words = desk.say("answer", question=asked, answer=text.replace("**", ""), unit=desk.config.service.unit)
        await outbox.put(db, question.chat, Outgoing(words), desk.now)
        question.state = QuestionState.ANSWERED
        await desk.audit(db, "answer", f"question:{question.id}", length=len(text))
    desk.wake()
    return desk.go("hoi", done="answered")
