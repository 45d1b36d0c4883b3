"""Tables, claims and schemas that all rooms of the domain use."""
