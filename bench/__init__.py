"""The benchmark: what operations, apps and crawls cost (see `docs/benchmarks.md`)."""
