"""Look-up and search of users, pictures and pinned tweets."""
