"""A free question: an approved answer with its source when sure, up to three to choose from when not, else staff."""

from collections.abc import Sequence

from sqlalchemy import select

from bot.answers.search import Answers
from bot.library import Library, Post
from bot.messages import Choice, Outgoing
from bot.models import Question, QuestionState
from bot.posts.rendering import rendered
from bot.router import Answer, Router, Turn, command_of, in_group, in_private, rest_of

rules = Router()
_CHOICE = "a:"


_index: list[Answers] = []
"""the index of the newest library; at most one"""


def _answers(library: Library) -> Answers:
    if not _index or _index[0].library is not library:
        _index[:] = [Answers(library)]
    return _index[0]


@rules.on(lambda turn: (in_private(turn) or in_group(turn)) and (turn.said.choice or "").startswith(_CHOICE))
async def chosen(turn: Turn) -> Answer:
    """One of the offered answers, or «không phải»: then it goes to staff."""
    id = (turn.said.choice or "").removeprefix(_CHOICE)
    asked = await turn.db.scalar(
        select(Question)
        .where(Question.chat_id == turn.chat.id, Question.state == QuestionState.OFFERED)
        .order_by(Question.id.desc())
        .limit(1)
    )
    post = turn.library.posts.get(id)
    if asked:
        asked.state = QuestionState.ANSWERED if post else QuestionState.WAITING
        asked.post_id = post.id if post else ""
    return await _said(turn, post) if post else Outgoing(turn.text("questions.to_staff"))


@rules.on(lambda turn: (in_private(turn) or in_group(turn)) and bool(turn.said.text) and not command_of(turn.said))
async def asked(turn: Turn) -> Answer:
    words = rest_of(turn.said)
    found = _answers(turn.library).find(words)
    if found.sure and found.sure.valid_on(turn.today):
        await _note(turn, words, QuestionState.ANSWERED, found.sure.id)
        return await _said(turn, found.sure)
    if found.likely:
        await _note(turn, words, QuestionState.OFFERED)
        return Outgoing(turn.text("questions.which"), choices=_offered(turn, found.likely))
    await _note(turn, words, QuestionState.WAITING)
    return Outgoing(turn.text("questions.to_staff"))


@rules.on(lambda turn: in_private(turn) or in_group(turn))
async def unknown_command(turn: Turn) -> Answer:
    return Outgoing(turn.text("questions.unknown_command"))


def _offered(turn: Turn, posts: Sequence[Post]) -> tuple[Choice, ...]:
    return (*(Choice(p.title, f"{_CHOICE}{p.id}") for p in posts), Choice(turn.text("questions.none"), _CHOICE))


async def _said(turn: Turn, post: Post) -> Outgoing:
    return Outgoing((await rendered(turn.db, turn.library, post, turn.today, turn.config)).text)


async def _note(turn: Turn, words: str, state: QuestionState, post_id: str = "") -> None:
    turn.db.add(Question(chat_id=turn.chat.id, text=words, state=state, post_id=post_id, asked_at=turn.now))
