"""The event pump: Lambda's event source mappings for local processes."""
