"""Exports and reports of a run: files in S3 with a link to download them."""
