"""What happens by itself: calendar (when; its part: recurrence) · plan · publish · upkeep · worker (bells)."""
