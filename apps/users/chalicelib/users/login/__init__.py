"""Login, throttling, second factor and consent pages."""
