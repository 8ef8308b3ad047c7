"""What a message of ours looks like in the Official Account API: pure. Its neighbour zalo_oa.py sends it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.channels import Raw
from bot.channels.zalo_oa_update import PRESSED
from bot.messages import Choice, Outgoing, as_menu, emphasis, split, utf16

TEXT_LIMIT: Final = 2000
MOST_BUTTONS: Final = 5
LABEL_LIMIT: Final = 100
SHAPES: Final = ("template", "image")
"""the types that an image's attachment goes by; the documentation has both"""


def parts(message: Outgoing, hint: str) -> list[Outgoing]:
    """Pieces of at most 2,000; the picture has the first under it, the last has room for its choices as a menu."""
    plain = replace(message, text=message.text.strip())
    if not as_buttons(plain.choices):
        plain = as_menu(plain, hint)
    menu = as_menu(Outgoing("", choices=plain.choices), hint).text
    texts = _pieces(plain.text)
    if menu and utf16(texts[-1]) + utf16(menu) + 2 > TEXT_LIMIT:
        texts += split(texts.pop(), TEXT_LIMIT - utf16(menu) - 2)
    cut = [Outgoing(piece, bulk=message.bulk) for piece in texts]
    cut[0] = replace(cut[0], picture=message.picture)
    cut[-1] = replace(cut[-1], choices=plain.choices)
    return cut


def _pieces(text: str) -> list[str]:
    return [text] if utf16(emphasis(text)[0]) <= TEXT_LIMIT else split(text, TEXT_LIMIT)


def as_buttons(choices: Sequence[Choice]) -> bool:
    """May these be buttons? Else they are a numbered menu."""
    return len(choices) <= MOST_BUTTONS and all(len(choice.label) <= LABEL_LIMIT for choice in choices)


def said(part: Outgoing, hint: str, *, buttons: bool) -> Raw:
    """{"text", "attachment"} without a picture; plain text, for the API has no emphasis."""
    if part.choices and buttons and as_buttons(part.choices):
        keys = [_button(choice) for choice in part.choices]
        return {**_text(part.text), "attachment": {"type": "template", "payload": {"buttons": keys}}}
    return _text(as_menu(part, hint).text)


def pictured(part: Outgoing, hint: str, attachment_id: str, shape: str) -> Raw:
    """An image with words; it has no room for buttons, so choices are a menu."""
    element = {"media_type": "image", "attachment_id": attachment_id}
    payload = {"template_type": "media", "elements": [element]}
    return {**_text(as_menu(part, hint).text), "attachment": {"type": shape, "payload": payload}}


def _text(text: str) -> Raw:
    plain = emphasis(text)[0]
    return {"text": plain} if plain else {}


def _button(choice: Choice) -> Raw:
    if choice.url:
        return {"title": choice.label, "type": "oa.open.url", "payload": {"url": choice.url}}
    return {"title": choice.label, "type": "oa.query.hide", "payload": f"{PRESSED}{choice.value}"}


def filename(content: bytes) -> str:
    """Zalo looks at the extension; «» for what it does not take."""
    if content.startswith(b"\x89PNG"):
        return "hinh.png"
    return "hinh.jpg" if content.startswith(b"\xff\xd8") else ""
