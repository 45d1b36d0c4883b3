"""AWS as the domains use it: clients, tables, streams, events."""
