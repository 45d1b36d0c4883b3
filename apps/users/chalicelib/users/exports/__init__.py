"""Data exports of all domains."""
