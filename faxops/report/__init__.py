"""Floor 4: plans and outcomes as text and JSON; nothing else formats."""
