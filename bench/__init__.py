"""The benchmark of operations, apps and crawls (see docs/benchmarks.md)."""
