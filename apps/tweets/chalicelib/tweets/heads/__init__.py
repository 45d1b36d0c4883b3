"""Author heads and delivery modes."""
