"""Links and cards out of HTML."""
