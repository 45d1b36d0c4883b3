"""Journal and snapshots of the embedded AWS: what was answered survives."""
