"""What a message of ours looks like in the Bot API: pure, raw JSON. Its neighbour telegram.py sends it.

Plain dictionaries, not python-telegram-bot's types: those cost more than the request itself.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from bot.channels import Raw
from bot.messages import Choice, Outgoing, Quiz, as_menu, emphasis, split, utf16

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
SHORT_LABEL: Final = 16
"""characters: two such buttons fit on one row of a small phone"""
NO_PREVIEW: Final = {"is_disabled": True}
QUESTION_LIMIT: Final = 300
OPTION_LIMIT: Final = 100
MOST_OPTIONS: Final = 12
EXPLANATION_LIMIT: Final = 200
EXPLANATION_LINES: Final = 3
"""Telegram takes at most two line feeds"""


def parts(message: Outgoing) -> list[Outgoing]:
    """A picture carries as many whole paragraphs as fit under it, if any; choices go last, the reply first.

    A quiz is one poll, or words with numbered options where a poll would not hold it.
    """
    if message.quiz is not None:
        return [replace(message, picture=None)] if _fits(message) else parts(as_menu(message, ""))
    text = message.text.strip()
    if message.picture is None:
        texts = split(text, TEXT_LIMIT)
    elif utf16(emphasis(text)[0]) <= CAPTION_LIMIT:
        texts = [text]
    elif utf16(text.split("\n\n")[0]) <= CAPTION_LIMIT:
        texts = split(text, TEXT_LIMIT, first=CAPTION_LIMIT)
    else:
        texts = ["", *split(text, TEXT_LIMIT)]
    cut = [Outgoing(piece, thread=message.thread, bulk=message.bulk) for piece in texts]
    cut[0] = replace(cut[0], picture=message.picture, reply_to=message.reply_to)
    cut[-1] = replace(cut[-1], choices=message.choices)
    return cut


def text_of(part: Outgoing) -> Raw:
    """For sendMessage and editMessageText."""
    return {**_marked("text", "entities", part.text), "link_preview_options": NO_PREVIEW}


def caption_of(part: Outgoing) -> Raw:
    """For sendPhoto and editMessageCaption; nothing where there are no words."""
    return _marked("caption", "caption_entities", part.text) if part.text else {}


def poll_of(quiz: Quiz, options: Sequence[Choice]) -> Raw:
    """For sendPoll. Anonymous: neither the group nor we learn who chose what; the counts come as `poll` updates."""
    explanation = _short(emphasis(quiz.explanation)[0])
    return {
        "question": quiz.question,
        "options": [{"text": option.label} for option in options],
        "type": "quiz",
        "is_anonymous": True,
        "correct_option_ids": [quiz.right],
        **({"explanation": explanation} if explanation else {}),
    }


def _fits(message: Outgoing) -> bool:
    question = message.quiz.question if message.quiz else ""
    labels = [choice.label for choice in message.choices]
    return (
        0 < utf16(question) <= QUESTION_LIMIT
        and 0 < len(labels) <= MOST_OPTIONS
        and all(0 < utf16(label) <= OPTION_LIMIT for label in labels)
    )


def _short(explanation: str) -> str:
    """As many of its first paragraphs as a poll holds; of one that is too long, its beginning."""
    lines = [line.strip() for line in explanation.splitlines() if line.strip()][:EXPLANATION_LINES]
    while len(lines) > 1 and utf16("\n".join(lines)) > EXPLANATION_LIMIT:
        lines.pop()
    whole = "\n".join(lines)
    return whole if utf16(whole) <= EXPLANATION_LIMIT else f"{split(whole, EXPLANATION_LIMIT - 2)[0]} …"


def placed(chat_id: str, part: Outgoing) -> Raw:
    """Where a new message goes, what it answers, and its buttons."""
    body: dict[str, Any] = {"chat_id": int(chat_id)}
    if part.thread:
        body["message_thread_id"] = int(part.thread)
    # The id of a pressed button («cb…») is no message that could be replied to.
    if part.reply_to.isdecimal():
        body["reply_parameters"] = {"message_id": int(part.reply_to), "allow_sending_without_reply": True}
    if part.quiz is None and (rows := _keyboard(part.choices)):
        body["reply_markup"] = {"inline_keyboard": rows}
    return body


def poorer(part: Outgoing, reason: str) -> tuple[Outgoing, str] | None:
    """The form of `part` that a chat may take which refused it for `reason`, and what that form is called."""
    match reason:
        case "no_topic" if part.thread:
            return replace(part, thread="", reply_to=""), reason
        case "no_photo_right" if part.picture and (text := part.text or part.picture.alt):
            return replace(part, text=text, picture=None), reason
        case "no_poll_right" if part.quiz:
            return as_menu(part, ""), reason
        case "bad_entities" if (plain := emphasis(part.text)[0]) != part.text:
            return replace(part, text=plain), "plain_text"
    return None


def _marked(name: str, marks: str, text: str) -> Raw:
    plain, bold = emphasis(text)
    entities = [{"type": "bold", "offset": start, "length": length} for start, length in bold]
    return {name: plain, marks: entities} if entities else {name: plain}


def _keyboard(choices: Sequence[Choice]) -> list[list[Raw]]:
    """Two short buttons on a row, else one; asides in rows of their own at the end."""
    rows = list[list[Raw]]()
    for aside in (False, True):
        waiting = False
        for choice in choices:
            if choice.aside is not aside:
                continue
            button, short = _button(choice), len(choice.label) <= SHORT_LABEL
            if waiting and short:
                rows[-1].append(button)
                waiting = False
            else:
                rows.append([button])
                waiting = short
    return rows


def _button(choice: Choice) -> Raw:
    if choice.url:
        return {"text": choice.label, "url": choice.url}
    if not 1 <= len(choice.value.encode()) <= 64:
        raise ValueError(f"a choice's value takes 1 to 64 bytes: {choice.value!r}")
    return {"text": choice.label, "callback_data": choice.value}
