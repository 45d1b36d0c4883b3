"""Foundations without AWS or HTTP: settings, clock, ids, errors, validation."""
