"""Sets of status words of runs."""

from chalicelib.crawler.core.models import PAUSED, RUNNING

# A deleted run, until its data is gone; the API does not show it.
REMOVED = "removed"
# Runs that may still fetch pages.
OPEN = frozenset({RUNNING, PAUSED})
