"""Visited records, page budgets and the queue of pages."""
