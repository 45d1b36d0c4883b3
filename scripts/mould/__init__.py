"""A new domain from a mould, and the check that a domain is whole."""
