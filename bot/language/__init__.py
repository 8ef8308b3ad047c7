"""What people mean by the words they type. Pure: no I/O but for reading content/lexicon/, no database.

`typed` (how a word is written) < `lexicon` (the words of every act), `features` and `model` (what speaks for each)
< `ear` (words and where the talk stands -> Meaning).
"""

from bot.language.acts import EMERGENCIES, Act, Where
from bot.language.ear import Meaning, hear, mentions
from bot.language.lexicon import Lexicon, clashes, read_lexicon

__all__ = ["EMERGENCIES", "Act", "Lexicon", "Meaning", "Where", "clashes", "hear", "mentions", "read_lexicon"]
