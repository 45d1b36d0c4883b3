"""Tables, caches, visibility and text of tweets."""
