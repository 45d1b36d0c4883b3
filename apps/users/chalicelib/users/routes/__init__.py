"""HTTP routes of the users domain, one module per capability."""
