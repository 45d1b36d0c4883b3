"""HTTP routes of the crawler domain."""
