"""Verification of phone numbers."""
