"""The notifications domain: events and requests, delivered by channels."""
