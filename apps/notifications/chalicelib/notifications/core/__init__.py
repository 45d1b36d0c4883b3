"""Tables, names and transactions of the domain."""
