"""HTTP routes of the users domain, one module a capability."""
