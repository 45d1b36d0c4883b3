"""Export, erasure and takedown."""
