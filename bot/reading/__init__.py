"""What is in the words people say, by rules and dictionaries: a story (story.py), themselves and a place (sayings.py),
an answer to what was asked (fields.py).

Pure functions. The words listened for are written with accents; what was typed without them is understood as well.
"""

from bot.reading.around import Fit
from bot.reading.courtesies import plain, without_courtesies
from bot.reading.evidence import counted
from bot.reading.fields import fits, names_first, value
from bot.reading.helping import by_helper
from bot.reading.phones import phone
from bot.reading.sayings import introduces, introduction, person, whereabouts
from bot.reading.story import read, tells
from bot.reading.syllables import is_syllable, untyped

__all__ = [
    "Fit",
    "by_helper",
    "counted",
    "fits",
    "introduces",
    "introduction",
    "is_syllable",
    "names_first",
    "person",
    "phone",
    "plain",
    "read",
    "tells",
    "untyped",
    "value",
    "whereabouts",
    "without_courtesies",
]
