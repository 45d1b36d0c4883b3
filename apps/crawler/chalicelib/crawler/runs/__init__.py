"""Crawl runs: beginning, accounting, ending."""
