"""Where is the place somebody names? Today's units, the names places had, and proposals for a person to confirm.

Pure: `read_places` reads content/places, `whole_country` what a package knows of the other provinces, `look` proposes.
"""

from bot.places.search import NOW, PERIODS, Found, Proposal, locate, look
from bot.places.table import Area, Places, read_places, whole_country

__all__ = ["NOW", "PERIODS", "Area", "Found", "Places", "Proposal", "locate", "look", "read_places", "whole_country"]
