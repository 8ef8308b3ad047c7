"""What happens by itself: calendar (when; its parts: recurrence, lunar) · plan · publish · upkeep · worker (bells)."""
