"""Common package of all domains."""
