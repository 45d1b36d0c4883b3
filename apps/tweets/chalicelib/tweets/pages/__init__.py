"""Public pages in HTML, for people without an account and for programs."""
