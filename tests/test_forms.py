"""The form of a tip: what is asked next, and that it always ends."""

import re

from hypothesis import given, settings
from hypothesis import strategies as some

from bot import HOME
from bot.forms import form_mistakes, next_ask, read_form
from bot.library import Library
from bot.texts import shipped

SAID = (
    *("intro", "opening", "agree", "helper", "got", "more_files", "at_start", "later_said", "call_said", "visit_said"),
    *("welcome_back", "remind", "summary_helper", "added_to_tip", "edit_which", "asked_anew"),
)
"""what is said in a talk: keys of texts/tips.toml that begin so"""
FORM = read_form(HOME / "content" / "forms" / "tip.toml")
ANSWERS = some.sampled_from(["words", "unknown", "skipped", "files", "co", "khong", "tap-the", "chon-cat"])


@given(some.lists(ANSWERS, min_size=300, max_size=300), some.integers(1, 9))
@settings(max_examples=50)
def test_whatever_is_answered_the_form_ends_and_asks_nothing_twice(answers: list[str], graves: int) -> None:
    answered: dict[str, dict[str, object]] = {"mo-khac": {"kind": "choice", "value": "co", "graves": graves}}
    for number in range(1, graves + 1):
        answered["them" if number == 1 else f"them#{number}"] = {"kind": "choice", "value": answers[number]}
    asked = []
    for value in answers:
        ask = next_ask(FORM, answered)
        if ask is None:
            break
        asked.append(ask.id)
        answered[ask.id] = {"kind": value, "value": value}
    assert next_ask(FORM, answered) is None
    assert len(set(asked)) == len(asked)
    assert all(FORM.ask(field) and field in FORM.labels for field in asked)


def test_a_second_grave_is_asked_for_itself_alone() -> None:
    answered = {ask.id: {"kind": "skipped"} for ask in FORM.asks if not ask.offered}
    answered["mo-khac"] = {"kind": "choice", "value": "co", "graves": 2}  # type: ignore[dict-item]
    asked = []
    while ask := next_ask(FORM, answered):
        asked.append(ask)
        answered[ask.id] = {"kind": "skipped"}
    assert [ask.id for ask in asked] == ["ho-ten#2", "don-vi#2", "thoi-gian#2", "noi-chon#2", "nguon#2"]
    assert "phần mộ thứ 2" in asked[0].label
    assert FORM.ask("nguoi-ke#2") is None
    assert FORM.ask("ho-ten#x") is None


def test_the_shipped_form_has_no_mistakes(library: Library) -> None:
    assert list(form_mistakes(FORM)) == []
    assert library.forms["tip"] == FORM


def sentences(words: str) -> list[str]:
    quoted = re.sub(r"«[^»]*»", "«»", words.replace("*", ""))
    return [one for one in re.split(r"[.?!]+(?:\s+|$)", quoted) if one.strip()]


def test_every_message_is_at_most_two_short_sentences() -> None:
    """But for the notice of consent, the receipt, the rule not to dig, and what is shown on request."""
    told = shipped().under("tips").items()
    say = {
        f"{key}#{at}": one for key, words in told if key.startswith(SAID) for at, one in enumerate(words.split("\n"))
    }
    gots = [words for key, words in say.items() if key.startswith("got") or key in ("call_said", "visit_said")]
    first, *others = [ask for ask in FORM.asks if not ask.offered]
    together = [f"{got} {ask.ask}" for ask in others for got in gots]
    offers = [ask.confirm for ask in FORM.asks]
    for words in [*say.values(), first.ask, *together, *offers]:
        assert len(sentences(words)) <= 2, words
        assert all(len(one.split()) <= 26 for one in sentences(words)), words
