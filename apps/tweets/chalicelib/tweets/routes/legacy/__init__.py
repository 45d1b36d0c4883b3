"""X API 1.1 of the tweets domain, over the capabilities of API v2."""
