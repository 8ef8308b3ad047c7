"""A free question: an approved answer with its source when sure, up to three to choose from when not, else staff.

What only a person may answer goes to one, with numbers masked; in a group nothing of it is kept.
"""

import hashlib
from collections.abc import Iterable, Sequence

from bot.answers import asked as questions
from bot.answers.newest import index_of
from bot.answers.search import CHOICES, Decision, Found
from bot.answers.telling import sayable
from bot.language import Act
from bot.library import Post
from bot.messages import Choice, Outgoing, fold
from bot.models import Question, QuestionState
from bot.posts.rendering import rendered
from bot.router import Answer, Router, Turn, command, command_of, heard, in_group, in_private, rest_of
from bot.wordbook import NUMBERS

rules = Router()
_CHOICE = "a:"
_YES, _NO, _NONE = "yes", "no", "none"


def _here(turn: Turn) -> bool:
    return in_private(turn) or in_group(turn)


def _asked_back(turn: Turn) -> dict[str, str]:
    """«yes», «no» → their buttons, while «Có đúng ý bác không?» is the last thing we said here."""
    values = [str(value).removeprefix(_CHOICE) for _, value, _ in turn.chat.menu if str(value).startswith(_CHOICE)]
    return {what: number for what, _, number in (value.partition(":") for value in values) if what in (_YES, _NO)}


def _meant(turn: Turn) -> tuple[str, str] | None:
    """(what, number of the question): a button of ours, or «đúng rồi», «chưa đúng» in words."""
    choice = turn.said.choice or ""
    if choice.startswith(_CHOICE):
        what, _, number = choice.removeprefix(_CHOICE).partition(":")
        return what, number
    words, back = fold(turn.said.text), _asked_back(turn)
    named = {_YES: "dungy", _NO: "chuadungy"}
    acts = {_YES: Act.YES, _NO: Act.NO}
    said = (what for what in back if words in heard(turn, named[what]) or turn.act is acts[what])
    return next(((what, back[what]) for what in said), None)


@rules.on(lambda turn: _here(turn) and _meant(turn) is not None)
async def pressed(turn: Turn) -> Answer:
    """Yes, no, one of the choices, or none of them."""
    what, number = _meant(turn) or ("", "")
    question = await questions.of_chat(turn.db, turn.chat, number)
    if question is None:
        return Outgoing(turn.text("questions.forgotten"))
    match what:
        case "yes":
            question.right = True
            return Outgoing(turn.text("questions.glad"))
        case "no":
            return await _missed(turn, question)
        case "none":
            return await _to_staff(turn, question, "questions.to_staff")
    return await _chosen(turn, question, what)


async def _chosen(turn: Turn, question: Question, key: str) -> Answer:
    posts = await _sayable(turn, (id for id in turn.library.posts if _key(id) == key))
    if not posts:
        return await _to_staff(turn, question, "questions.withdrawn")
    return await _answered(turn, question, posts[0])


async def _missed(turn: Turn, question: Question) -> Answer:
    """The next ones; after a second «no», staff. The first row keeps that its answer was not what he meant."""
    if question.right is False:
        return ()
    question.right = False
    again = await questions.note(turn.db, turn.chat, question.text, QuestionState.OFFERED, turn.now)
    if not await questions.missed_before(turn.db, question):
        found = (await index_of(turn.library)).find(question.text)
        others = await _sayable(turn, (one.id for one in found.ranked if one.id != question.post_id))
        if others:
            return _offer(turn, again, "questions.which_else", others[:CHOICES])
    return await _to_staff(turn, again, "questions.missed")


@rules.on(lambda turn: _here(turn) and command("camon")(turn))
async def thanked(turn: Turn) -> Answer:
    return Outgoing(turn.text("questions.thanked"))


@rules.on(lambda turn: _here(turn) and bool(turn.said.text) and not command_of(turn.said))
async def asked(turn: Turn) -> Answer:
    words = rest_of(turn.said)
    if not fold(words):
        return Outgoing(turn.text("questions.no_words"))
    if why := turn.library.wordbook.reason(words):
        return await _to_person(turn, words, why)
    found = (await index_of(turn.library)).find(words)
    question = await questions.note(turn.db, turn.chat, words, QuestionState.OFFERED, turn.now)
    choices = await _sayable(turn, _candidates(found))
    if found.decision is Decision.SURE and choices:
        return await _answered(turn, question, choices[0])
    if choices:
        return _offer(turn, question, "questions.which", choices)
    return await _to_staff(turn, question, "questions.to_staff")


@rules.on(_here)
async def unknown_command(turn: Turn) -> Answer:
    return Outgoing(turn.text("questions.unknown_command"))


def _candidates(found: Found) -> Sequence[str]:
    match found.decision:
        case Decision.SURE:
            return [found.ranked[0].id]
        case Decision.UNSURE:
            return found.choices
    return ()


async def _sayable(turn: Turn, ids: Iterable[str]) -> list[Post]:
    """Those that are in force today; the index may be a moment older than the library."""
    posts = [post for id in ids if (post := turn.library.posts.get(id))]
    return [post for post in posts if await sayable(turn.db, post, turn.config, turn.now)]


async def _answered(turn: Turn, question: Question, post: Post) -> Outgoing:
    questions.given(question, post, turn.now)
    said = await rendered(turn.db, turn.library, post, turn.today, turn.config)
    back = (Choice(turn.text(f"questions.{what}"), f"{_CHOICE}{what}:{question.id}") for what in (_YES, _NO))
    return Outgoing(f"{said.text}\n\n{turn.text('questions.right')}", choices=tuple(back))


def _offer(turn: Turn, question: Question, sentence: str, posts: Sequence[Post]) -> Outgoing:
    ways = [Choice(post.title, f"{_CHOICE}{_key(post.id)}:{question.id}") for post in posts]
    none = Choice(turn.text("questions.none"), f"{_CHOICE}{_NONE}:{question.id}")
    return Outgoing(turn.text(sentence), choices=(*ways, none))


def _key(post_id: str) -> str:
    """A post's id may be longer than a button carries."""
    return hashlib.sha256(post_id.encode()).hexdigest()[:12]


async def _to_staff(turn: Turn, question: Question, sentence: str) -> Outgoing:
    await questions.wait(turn.db, question, turn.library.wordbook)
    ways = (Choice(turn.text("welcome.ways.baotin"), "baotin"), Choice(turn.text("tips.call"), "call"))
    return Outgoing(turn.text(sentence), choices=() if turn.said.in_group else ways)


async def _to_person(turn: Turn, words: str, why: str) -> Outgoing:
    if turn.said.in_group:
        url = f"{turn.config.public_url}/chat"
        return Outgoing(turn.text("questions.in_group"), choices=(Choice(turn.text("questions.go_private"), url=url),))
    masked = turn.library.wordbook.masked(words)
    question = await questions.note(turn.db, turn.chat, masked, QuestionState.WAITING, turn.now)
    question.sensitive = why
    lines = [turn.text("questions.to_person", why=turn.text(f"questions.person.{why}"))]
    lines += [turn.text("questions.masked")] if why == NUMBERS else []
    return Outgoing("\n\n".join(lines))
