"""What the Bot Platform takes: the methods we use, their fields and limits. Pure; zalo_bot.py beside it answers."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Body = dict[str, Any]

METHODS: Mapping[str, tuple[str, str]] = {
    "getMe": ("", ""),
    "getUpdates": ("", "timeout"),
    "setWebhook": ("url secret_token", ""),
    "deleteWebhook": ("", ""),
    "getWebhookInfo": ("", ""),
    "sendMessage": ("chat_id text", "parse_mode text_styles"),
    "sendPhoto": ("chat_id photo", "caption"),
    "sendChatAction": ("chat_id action", ""),
}
"""name → required and optional fields"""

LIMIT = 2000
STYLES = (
    "b i u s f_13 f_15 f_18 f_20 c_050a19 c_15a85f c_f7b503 c_f27806 c_db342e lst_1 lst_2 ind_1 ind_2 ind_3 ind_4 ind_5"
)


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def styled(text: str, styles: Iterable[Body], style: str) -> Iterator[str]:
    """The stretches of `text` that have this style."""
    wide = text.encode("utf-16-le")
    for span in styles:
        if style in span["st"]:
            yield wide[span["start"] * 2 : (span["start"] + span["len"]) * 2].decode("utf-16-le")


def faults(name: str, given: Any) -> Iterator[str]:
    """What is not as documented."""
    if not isinstance(given, dict):
        yield "the body is no object"
        return
    required, optional = (set(fields.split()) for fields in METHODS[name])
    for missing in sorted(required - given.keys()):
        yield f"{missing} is missing"
    for unknown in sorted(given.keys() - required - optional):
        yield f"{name} does not know {unknown}"
    for field in sorted(given.keys() - {"text_styles", "timeout"}):
        if not isinstance(given[field], str):
            yield f"{field} is not a string"
            return
    for field in {"text", "caption"} & given.keys():
        if not 1 <= utf16(given[field]) <= LIMIT:
            yield f"{field} has {utf16(given[field])} characters, not 1 to {LIMIT}"
    yield from _styles(given)
    yield from _rest(given)


def _styles(given: Body) -> Iterator[str]:
    if "text_styles" in given and "parse_mode" in given:
        yield "parse_mode makes text_styles void"
    for span in given.get("text_styles", ()):
        if (
            not isinstance(span, dict)
            or span.keys() != {"start", "len", "st"}
            or not set(span["st"]) <= set(STYLES.split())
        ):
            yield "a text style is malformed"
        elif span["start"] < 0 or span["len"] < 1 or span["start"] + span["len"] > utf16(given.get("text", "")):
            yield "a text style is outside of the text"


def _rest(given: Body) -> Iterator[str]:
    if "photo" in given and not given["photo"].startswith(("http://", "https://")):
        yield "photo is not a URL"
    if "url" in given and not given["url"].startswith("https://"):
        yield "a webhook has to be https"
    if "secret_token" in given and not 8 <= len(given["secret_token"]) <= 256:
        yield "secret_token has to have 8 to 256 characters"
    if given.get("parse_mode", "html") not in ("markdown", "html"):
        yield "parse_mode is unknown"
    if given.get("action", "typing") != "typing":
        yield "action is unknown"
