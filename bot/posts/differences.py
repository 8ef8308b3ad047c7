"""What differs between two wordings, word by word, to be read on one page."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Piece:
    """`how`: same · gone · new."""

    how: str
    words: str


def differences(old: str, new: str) -> list[Piece]:
    """The pieces of both, in reading order."""
    one, other = _words(old), _words(new)
    pieces = list[Piece]()
    for what, i, j, k, m in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(Piece("same", "".join(one[i:j])))
            continue
        pieces += [Piece("gone", "".join(one[i:j]))] if j > i else []
        pieces += [Piece("new", "".join(other[k:m]))] if m > k else []
    return pieces


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\S+", text)
