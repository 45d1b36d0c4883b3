"""The channels that notifications are delivered through."""
