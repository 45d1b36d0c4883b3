"""Operators' commands: roles, rebuilds, logs, keys, benchmarks, demo data."""
