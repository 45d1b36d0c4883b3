"""Developer apps and their tokens."""
