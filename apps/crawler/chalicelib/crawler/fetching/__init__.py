"""Fetching one page: robots, politeness, scope."""
