"""What every Rookery domain shares: settings, AWS clients, HTTP pipeline, events, models."""
