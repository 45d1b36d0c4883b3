"""Links and cards from HTML."""
