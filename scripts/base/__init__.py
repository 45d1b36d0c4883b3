"""Processes, domains and templates, for all other scripts."""
