"""Callers of the API: users, and holders of API keys."""
