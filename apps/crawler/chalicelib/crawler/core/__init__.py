"""Tables, names and limits of the domain."""
