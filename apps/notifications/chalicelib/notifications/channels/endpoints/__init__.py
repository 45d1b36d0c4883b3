"""Web push and webhooks: addresses that people give us."""
