"""The HTTP routes of the domain."""
