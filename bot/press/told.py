"""What a picture's template prints, and the same as sentences for who cannot see it."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from bot.press import told_figures, told_words, values
from bot.press.words import Fields, Words

FIXED = ("rule", "campaign", "signature", "scan")
"""lines that every picture and every paper carries"""
_TELLERS: Mapping[type[Any], Callable[[Any, Words], tuple[Fields, str]]] = {
    values.Target: told_figures.target,
    values.Countdown: told_figures.countdown,
    values.Trend: told_figures.trend,
    values.Ranking: told_figures.ranking,
    values.Numbers: told_figures.numbers,
    values.Timeline: told_figures.timeline,
    values.Question: told_words.question,
    values.Anniversary: told_words.anniversary,
    values.Call: told_words.call,
    values.Slogan: told_words.slogan,
    values.Steps: told_words.steps,
    values.Rules: told_words.rules,
    values.Clarification: told_words.clarification,
    values.Quiz: told_words.quiz,
    values.Deed: told_words.deed,
    values.Bulletin: told_words.bulletin,
    values.Card: told_words.card,
}


def told(shown: values.Values, words: Words) -> tuple[Fields, str]:
    """(fields of the template, alternative text). Raises PressError."""
    added, body = _TELLERS[type(shown)](shown, words)
    fixed = {key: words(key) for key in FIXED}
    alt = words("alt.frame", body=body, ward=shown.ward, rule=fixed["rule"], signature=fixed["signature"])
    return {**asdict(shown), **fixed, **added}, unicodedata.normalize("NFC", " ".join(alt.split()))


def template(shown: values.Values) -> str:
    """The name of its template in content/press."""
    return type(shown).__name__.lower()
