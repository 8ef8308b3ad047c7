"""What residents asked and nobody has approved an answer for: written once for all who ask, or answered in person."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.answers import asked, queue
from bot.dashboard import proposing
from bot.dashboard.desk import Desk
from bot.errors import Misuse
from bot.messages import Outgoing
from bot.models import Chat, Question, QuestionState

LONGEST = 2000
KIND = "hoi-dap"


async def listed(desk: Desk) -> web.Response:
    async with desk.read() as db:
        mine = (await desk.scope(db)).rows(Chat.unit_id)
        return desk.page("questions", personal=await queue.personal(db, mine), groups=await queue.groups(db, mine))


async def week(desk: Desk) -> web.Response:
    async with desk.read() as db:
        mine = (await desk.scope(db)).rows(Chat.unit_id)
        return desk.page("questions-week", week=await queue.week(db, mine, desk.now), posts=desk.library.posts)


async def show(desk: Desk) -> web.Response:
    """A personal one is about somebody: who looked is written down."""
    async with desk.write() as db:
        question = await _found(db, desk)
        same = await _together(db, desk, question)
        version = await proposing.version_of(db, question)
        if question.sensitive:
            await desk.audit(db, "look_question", f"question:{question.id}")
    return desk.page(
        "question",
        question=question,
        others=[one for one in same if one.id != question.id],
        version=version,
        longest_reply=LONGEST,
        **proposing.form_values(desk),
    )


async def answer(desk: Desk) -> web.Response:
    """In one's own words, to this one person."""
    text = desk.field("text").replace("\r\n", "\n")
    if not 0 < len(text) <= LONGEST:
        raise Misuse(desk.say("misuse.reply", most=LONGEST))
    proposing.say_not_whose(desk, text)
    async with desk.write() as db:
        question = await _waiting(db, desk)
        words = desk.say(
            "answer",
            question=question.text.replace("**", ""),
            answer=text.replace("**", ""),
            unit=desk.config.service.unit,
        )
        await outbox.put(db, question.chat, Outgoing(words), desk.now)
        _settled(desk, question, QuestionState.ANSWERED)
        await desk.audit(db, "answer", f"question:{question.id}", length=len(text))
    desk.wake()
    return desk.go("hoi", done="answered")


async def write(desk: Desk) -> web.Response:
    """An answer for the library; approved, it reaches all who ask the same."""
    async with desk.write() as db:
        question = await _waiting(db, desk)
        same = await _together(db, desk, question)
        version = await proposing.written(db, desk, same, question, KIND, [one.text for one in same])
        await desk.audit(db, "propose_answer", f"question:{question.id}", version=version.id, questions=len(same))
    desk.wake()
    return proposing.onward(desk, version, "hoi", "answer_proposed")


async def choose(desk: Desk) -> web.Response:
    """The library has it already: all who ask the same get it at once."""
    async with desk.write() as db:
        question = await _waiting(db, desk)
        same = await _together(db, desk, question)
        post_id = proposing.chosen(desk, same)
        await desk.audit(db, "choose_answer", f"question:{question.id}", post=post_id, questions=len(same))
    desk.wake()
    return desk.go("hoi", done="answer_chosen")


async def close(desk: Desk) -> web.Response:
    """Nothing to answer; nobody is written to."""
    async with desk.write() as db:
        same = await _together(db, desk, await _waiting(db, desk))
        for one in same:
            _settled(desk, one, QuestionState.CLOSED)
            await desk.audit(db, "close_question", f"question:{one.id}")
    return desk.go("hoi", done="question_closed")


def _settled(desk: Desk, question: Question, state: QuestionState) -> None:
    question.state, question.post_id, question.version_id = state, "", None
    question.answered_at, question.staff_id = desk.now, desk.staff.id


async def _found(db: AsyncSession, desk: Desk) -> Question:
    question = await db.get(Question, desk.number("id"))
    if question is None or not (await desk.scope(db)).covers(question.chat.unit_id):
        raise web.HTTPNotFound
    return question


async def _waiting(db: AsyncSession, desk: Desk) -> Question:
    question = await _found(db, desk)
    if question.state != QuestionState.WAITING:
        raise Misuse(desk.library.texts("questions.queue.problem.answered"))
    return question


async def _together(db: AsyncSession, desk: Desk, question: Question) -> Sequence[Question]:
    scope = await desk.scope(db)
    return [one for one in await asked.together(db, question) if scope.covers(one.chat.unit_id)]
