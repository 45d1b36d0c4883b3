"""`rookery-crawl`: the crawler domain alone, as a command."""
