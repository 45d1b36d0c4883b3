"""HTTP routes of the tweets domain, one module per capability."""
