"""Crawl runs: start, list, account for their pages, end."""
