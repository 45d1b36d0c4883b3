"""A frontier that waits by host: leased turns, ordered chunks, seen sets."""
