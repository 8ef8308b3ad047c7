"""«Phiếu tiếp nhận thông tin»: a picture for the telephone and a page to print. No word of what was told is on it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from bot.press.typesetting import pdf, png, qr
from bot.press.values import Infographic
from bot.press.words import Fields, Words

SIZE = (1080, 1350)
Paper = Literal["a5", "a4"]
_FIXED = (*("nation", "motto", "title", "about", "code_label", "keep", "dig_head", "dig", "giver", "taker", "sign"),)


@dataclass(frozen=True, slots=True)
class Receipt:
    """`code` is in two groups, `day` dd/mm/yyyy; `url` the status page, «» where there is no public address."""

    ward: str
    serial: str
    day: str
    code: str
    url: str = ""


def card(receipt: Receipt, folder: Path) -> Infographic:
    """The picture with its text for who cannot see it. Blocks: call it in a thread. Raises PressError."""
    words = _words(folder)
    drawn = png(folder, "receipt", _fields(receipt, words), _qr(receipt, words), words("together"), SIZE)
    return Infographic(drawn, words("alt", **_values(receipt)), *SIZE)


def page(receipt: Receipt, folder: Path, paper: Paper = "a5") -> bytes:
    """The PDF. Blocks: call it in a thread. Raises PressError."""
    words = _words(folder)
    fields = {**_fields(receipt, words), "paper": paper}
    return pdf(folder, "receipt-page", fields, _qr(receipt, words), words("together"))


def _words(folder: Path) -> Words:
    return Words(folder / "texts" / "receipt.toml")


def _values(receipt: Receipt) -> dict[str, str]:
    return {key: str(value) for key, value in asdict(receipt).items()}


def _fields(receipt: Receipt, words: Words) -> Fields:
    values = _values(receipt)
    said = {key: words(key) for key in _FIXED}
    said |= {key: words(key, **values) for key in ("date", "received", "how_words")}
    said["number"] = words("number", **values) if receipt.serial else ""
    said["how"] = words("how_qr" if receipt.url else "how")
    said["scan"] = words("scan" if receipt.url else "scan_words")
    return {**values, **said}


def _qr(receipt: Receipt, words: Words) -> str:
    return qr(receipt.url or words("qr_words", code=receipt.code))
