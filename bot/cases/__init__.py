"""Tip-offs: what was told, by whom, under which consent, and where it stands."""
