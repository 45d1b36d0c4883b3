"""HTTP routes of the notifications domain."""
