"""Creating, editing, deleting and scheduling tweets."""
