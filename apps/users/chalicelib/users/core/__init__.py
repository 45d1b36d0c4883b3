"""Tables, their shared items, and schemas for all rooms of the domain."""
