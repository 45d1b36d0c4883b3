"""Contacts in SQL, behind a cache."""
