"""From events and requests to stored notifications."""
