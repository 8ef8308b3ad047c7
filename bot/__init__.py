"""Tri Ân: the ward's bot and staff site. The rooms and their order are in docs/rooms.md; app.py puts them together."""

from pathlib import Path

HOME = Path(__file__).parent.parent
"""The folder that holds bot/, handlers/, scheduler/, content/ and config.toml, in a checkout and in the wheel alike."""

__version__ = "0.1.0"
