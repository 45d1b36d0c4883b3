"""Deactivation and erasure of accounts."""
