"""The crawler domain: crawl runs, page processor, link cards of tweets."""
