"""`make run`: the whole platform on this machine."""
