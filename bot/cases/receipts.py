"""The receipt code: eight digits, the last one a check, spoken and written in two groups («4829 1576»)."""

import secrets

_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)
"""H. M. Damm's table (2004): finds every wrong digit and every two neighbours swapped"""


def new_code() -> str:
    digits = str(secrets.choice("123456789")) + "".join(secrets.choice("0123456789") for _ in range(6))
    return digits + _check(digits)


def spoken(code: str) -> str:
    return f"{code[:4]} {code[4:]}"


def code_in(words: str) -> str | None:
    """The code somebody wrote among other words, spaces and hyphens allowed; None when there is no valid one."""
    digits = "".join(c for c in words if c.isdecimal() and c.isascii())
    return digits if len(digits) == 8 and _check(digits) == "0" else None


def looks_like_code(words: str) -> str:
    """What was perhaps meant as a code."""
    return "".join(c for c in words if c.isdecimal() and c.isascii())


def _check(digits: str) -> str:
    state = "0"
    for digit in digits:
        state = _DAMM[int(state)][int(digit)]
    return state
