"""Operators' commands: roles, repair, logs, keys, benchmarks, demo data."""
