"""Registration, names, addresses and passwords."""
