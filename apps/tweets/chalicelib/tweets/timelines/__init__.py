"""Home timelines with the fan-out to them, and the other lists of tweets."""
