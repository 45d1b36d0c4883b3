"""Sessions, login throttling, second factor and consent pages."""
