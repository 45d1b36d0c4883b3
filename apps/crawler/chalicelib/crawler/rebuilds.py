"""Rebuilds of the crawler domain's derived tables."""

from shared.aws.rebuilds import Way

_FETCHED = "It is what crawls have fetched, and expires: start the crawl again."
REBUILDS: dict[str, Way] = {
    "crawl_runs": _FETCHED,
    "crawl_visited": _FETCHED,
    "crawl_frontier": "It is what running crawls have left to fetch: start them again.",
    "cards": "Link cards expire, and are fetched again for the next tweet with the link.",
    "robots": "Files expire after a day, and are read again from their sites.",
    "counters": (
        "The sweeper counts the pages of a running crawl that stands still, and ends it with "
        "these totals; those of an ended crawl are in its run."
    ),
}
