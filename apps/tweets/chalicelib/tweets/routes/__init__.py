"""HTTP routes of the tweets domain, one module a capability."""
