"""The HTTP pipeline: applications, routes as data, rate limits, OpenAPI."""
