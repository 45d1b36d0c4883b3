"""Home and other timelines, and fan-out to them."""
