"""Notifications: what happened becomes an inbox entry, a mail or whatever channel comes next."""
