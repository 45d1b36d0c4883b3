"""Registration of devices."""
