"""Objects of runs: bodies as WARC, pages and links as files by run and part."""
