"""«Phiếu tiếp nhận thông tin»: a picture for the telephone and a page to print. No word of what was told is on it."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from bot.press.typesetting import pdf, png, qr
from bot.press.values import Infographic, TooLong
from bot.press.words import Words

SIZE = (1080, 1350)
"""taller where the ward's telephones, address and hours are on it"""
SCALES = (1.0, 0.95, 0.9, 0.85)
"""of the page's letters, tried until one page holds all"""
Paper = Literal["a5", "a4"]
_WITHOUT: dict[str, Any] = {"phones": (), "address": "", "hours": ""}
_FIXED = (*("nation", "motto", "title", "about", "code_label", "keep", "dig_head", "dig", "giver", "taker", "sign"),)


@dataclass(frozen=True, slots=True)
class Receipt:
    """`code` is in two groups, `day` dd/mm/yyyy; `url` the status page, «» where there is no public address.

    `phones`: («military», «police» or «committee», the number), of those that are known; so with `address` and `hours`.
    """

    ward: str
    serial: str
    day: str
    code: str
    url: str = ""
    phones: tuple[tuple[str, str], ...] = ()
    address: str = ""
    hours: str = ""


def card(receipt: Receipt, folder: Path) -> Infographic:
    """The picture with its text for who cannot see it. Blocks: call it in a thread. Raises PressError."""
    words = _words(folder)
    fields = _fields(receipt, words)
    drawn = png(folder, "receipt", fields, _qr(receipt, words), words("together"), SIZE)
    alt = [words("alt", **_values(receipt)), *(f"{line}." for line in (*fields["phones"], *fields["place"]))]
    return Infographic(drawn, " ".join(alt), SIZE[0], int.from_bytes(drawn[20:24], "big"))


def page(receipt: Receipt, folder: Path, paper: Paper = "a5") -> bytes:
    """The PDF. Blocks: call it in a thread. Raises PressError."""
    words = _words(folder)
    for slip, scale in (*((receipt, scale) for scale in SCALES), (replace(receipt, **_WITHOUT), 1.0)):
        fields = {**_fields(slip, words), "paper": paper, "scale": scale}
        try:
            return pdf(folder, "receipt-page", fields, _qr(receipt, words), words("together"))
        except TooLong:
            continue
    raise TooLong("receipt-page")


def _words(folder: Path) -> Words:
    return Words(folder / "texts" / "receipt.toml")


def _values(receipt: Receipt) -> dict[str, str]:
    return {key: value for key, value in asdict(receipt).items() if isinstance(value, str)}


def _fields(receipt: Receipt, words: Words) -> dict[str, Any]:
    values = _values(receipt)
    said = {key: words(key) for key in _FIXED}
    said |= {key: words(key, **values) for key in ("date", "received", "how_words")}
    said["number"] = words("number", **values) if receipt.serial else ""
    said["how"] = words("how_qr" if receipt.url else "how")
    said["scan"] = words("scan" if receipt.url else "scan_words")
    phones = [words(f"contact.{what}", number=number) for what, number in receipt.phones]
    place = [words(f"contact.{key}", **values) for key in ("address", "hours") if values[key]]
    return {**values, **said, "phones": phones, "place": place}


def _qr(receipt: Receipt, words: Words) -> str:
    return qr(receipt.url or words("qr_words", code=receipt.code))
