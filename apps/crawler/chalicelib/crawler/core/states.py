"""Status words of runs."""

from chalicelib.crawler.core.models import RUNNING

PAUSED, FINISHED, STOPPED, FAILED = "paused", "finished", "stopped", "failed"
# A deleted run, until its data is gone; the API does not show it.
REMOVED = "removed"

OPEN = frozenset({RUNNING, PAUSED})
ENDED = frozenset({FINISHED, STOPPED, FAILED})
