"""The embedded AWS as a child process."""
