"""Notifications, the ledger of their deliveries, and their status."""
