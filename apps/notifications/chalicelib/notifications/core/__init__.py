"""Tables and names of the domain, and the content of a notification."""
