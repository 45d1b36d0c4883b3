"""Number of processes that read home pages, each with a cache of its own.

The rule of delivery modes needs it: the more processes share the reads of a head, the fewer
of them a cache answers. Each process that serves pages adds the quarters of an hour in which
it did to one item per hour; the review reads the items of a day.
"""

from botocore.exceptions import ClientError
from chalicelib.tweets.core.models import SWITCHES

from shared.base.clock import now_ms, now_seconds
from shared.base.observability import logger
from shared.base.process import Cache, process

_LIST = "processes"
_QUARTER_SECONDS = 900
_HOUR_MS = 3_600_000
_LIFETIME_SECONDS = 3 * 86_400
# A stage without pages yet: two processes, as Lambda keeps them for a handful of users.
_DEFAULT = 2.0

_noted: Cache[str, bool] = process.cache(1, _QUARTER_SECONDS)
_counted: Cache[str, float] = process.cache(1, 3600)


def note() -> None:
    """Count this process, once per quarter of an hour (one update).

    A count that fails is no reason to refuse the page.
    """
    if not _noted.add(_LIST, True):
        return
    try:
        SWITCHES.update(
            {"list": _LIST, "at": _hour(now_ms())},
            "ADD #quarters :one SET #expires_at = :end",
            {"one": 1, "end": now_seconds() + _LIFETIME_SECONDS},
        )
    except ClientError as error:
        logger().info("process not counted", code=error.response["Error"]["Code"])


def mean_number() -> float:
    """Return the mean number of processes in a day, weighted by pages.

    Calls: one Query of 24 items per hour.
    """
    known = _counted.get(_LIST)
    return known if known is not None else _counted.put(_LIST, _read())


def _read() -> float:
    now = now_ms()
    hours = SWITCHES.page(
        "#list = :list AND #at BETWEEN :first AND :last",
        {"list": _LIST, "first": _hour(now - 24 * _HOUR_MS), "last": _hour(now - _HOUR_MS)},
    ).items
    quarters = [item["quarters"] for item in hours]
    if not quarters:
        return _DEFAULT
    # Most pages are read in the hours that have most processes.
    return max(1.0, sum(one * one for one in quarters) / sum(quarters) / 4)


def _hour(ms: int) -> str:
    return f"{ms // _HOUR_MS * _HOUR_MS:013d}"
