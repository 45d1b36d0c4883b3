"""X API 1.1 of the users domain, over the capabilities of API v2."""
