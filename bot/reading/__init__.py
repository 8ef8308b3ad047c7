"""What is in the words people say, by rules and dictionaries: a story (story.py), themselves and a place (sayings.py).

Pure functions. The words listened for are written with accents; what was typed without them is understood as well.
"""

from bot.reading.sayings import by_helper, person, whereabouts
from bot.reading.story import read, tells

__all__ = ["by_helper", "person", "read", "tells", "whereabouts"]
