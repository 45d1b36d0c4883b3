"""Fan-out at scale: simulation, load run, freshness."""
