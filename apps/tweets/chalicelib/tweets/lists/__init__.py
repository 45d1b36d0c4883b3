"""Lists, their members and their pages."""
