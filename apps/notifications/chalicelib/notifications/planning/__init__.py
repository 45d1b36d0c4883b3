"""Preferences of recipients, and the decision what reaches them when."""
