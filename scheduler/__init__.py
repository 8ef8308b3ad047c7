"""What happens by itself: calendar (when; recurrence and lunar are its parts) · plan · publish · upkeep · worker (the bells)."""
