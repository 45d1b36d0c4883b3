"""Checks of permissions, policies, documents and types."""
