"""User look-up, search, pictures and pinned tweets."""
