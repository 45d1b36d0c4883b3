"""Notices of ended runs to the webhooks of their owners."""
