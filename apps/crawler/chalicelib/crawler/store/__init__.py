"""Objects of runs by part: bodies as WARC, pages and links as files."""
