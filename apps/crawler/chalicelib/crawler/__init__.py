"""The crawler domain: crawl runs, the page processor, and link cards of tweets."""
