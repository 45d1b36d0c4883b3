"""Tables and limits of the domain."""
