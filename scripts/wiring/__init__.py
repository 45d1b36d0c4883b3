"""From one declaration per domain to everything that Chalice reads."""
