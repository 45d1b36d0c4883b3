"""Fetch one page: robots, politeness, scope."""
