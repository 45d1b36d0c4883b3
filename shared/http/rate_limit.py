"""X's rate limits per user, app and address, shared by all processes without a call a request.

A window of fifteen minutes has one item in the domain's ``limits`` table,
``<caller>#<route>#<window>`` with what was taken of it. A process takes slices:
a twentieth of what is left, at least one; the slice is spent in memory. A lease
is conditional on what is left, so that all leases together never exceed the
limit. The first hundredth of a limit is spent before the table is asked at all
and charged with the first lease: whoever asks little costs nothing. Slack: a
hundredth of the limit a process. Small limits (`EXACT`) are counted one by one,
without slack.

Every request counts by its caller. Where X limits what an app does for all its users
together, it counts by the app too, in a window of a day; and every request counts by its
address, whoever is logged in, against a size for a whole office.

When the table cannot be asked, the process counts alone against the whole limit
and asks again seconds later: a throttled table must not close the platform.
"""

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from cachetools import TTLCache

from shared.auth.authentication import WEB_CLIENT_ID, Principal
from shared.aws import dynamo, sdk
from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.errors import too_many_requests
from shared.base.observability import logger
from shared.http.source_ip import network

if TYPE_CHECKING:
    from shared.http.api import Endpoint

WINDOW_SECONDS = 15 * 60
DAY_SECONDS = 24 * 3600
# Requests of one address (an IPv6 /64) to one domain in fifteen minutes: 67 a second.
ADDRESS_LIMIT = 60_000
# Limits up to this are exact: every request is counted in the table.
EXACT = 25
# A lease is this part of what is left, and this part of a limit is spent unasked.
SHARE, UNASKED = 20, 100
# After a failure the table is left alone for as long.
PAUSE_SECONDS = 5
_ATTEMPTS = 5


@dataclass
class Window:
    """What one process knows of one caller's window on one route.

    Attributes:
        taken: what all processes took, when the table was asked last.
        left: what this process may still spend of its slice.
        unasked: what it spent before its first lease, to be charged with it.
        alone: what it spent while the table could not be asked.
    """

    limit: int
    taken: int = 0
    left: int = 0
    unasked: int = 0
    alone: int = 0
    paused_until: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def remaining(self) -> int:
        """What the header tells: exact for small limits, an upper bound for others."""
        return max(0, self.limit - self.taken + self.left - self.unasked - self.alone)

    def spend(self, table: str, key: str, expires_at: int) -> bool:
        """Count one request; False when the window is used up (the caller holds the lock)."""
        if self.limit <= 0:
            return False
        if self.left == 0 and self.taken == 0 and self._may_go_unasked():
            self.unasked += 1
            return True
        if self.left == 0 and self.taken < self.limit and now_seconds() >= self.paused_until:
            self._lease(table, key, expires_at)
        if self.left:
            self.left -= 1
            return True
        if now_seconds() < self.paused_until and self.remaining:
            self.alone += 1
            return True
        return False

    def _may_go_unasked(self) -> bool:
        return self.limit > EXACT and self.unasked < max(1, self.limit // UNASKED)

    def _lease(self, table: str, key: str, expires_at: int) -> None:
        for _ in range(_ATTEMPTS):
            free = self.limit - self.taken - self.unasked
            if free <= 0:
                self.taken = self.limit
                return
            slice_size = 1 if self.limit <= EXACT else max(1, free // SHARE)
            try:
                taken, granted = _take(
                    table, key, slice_size + self.unasked, self.limit, expires_at
                )
            except (BotoCoreError, ClientError) as error:
                logger().warning("rate limits not shared", error=str(error)[:200])
                self.paused_until = now_seconds() + PAUSE_SECONDS
                return
            self.taken = taken
            if granted:
                self.left, self.unasked = slice_size, 0
                return


# By the length of their windows: what is dropped early would be granted again.
_windows: dict[int, TTLCache[str, Window]] = {
    seconds: TTLCache(maxsize=100_000, ttl=seconds) for seconds in (WINDOW_SECONDS, DAY_SECONDS)
}
_lock = threading.Lock()


def multiplier() -> int:
    """How many times X's documented limits this installation grants."""
    return int(os.environ.get("RATE_LIMIT_MULTIPLIER", "1"))


def take(principal: Principal | None, source_ip: str, endpoint: "Endpoint") -> dict[str, str]:
    """Count one request by its user, or by the app or address that acts for none.

    Then by the app, where the route limits apps, and by the address. No call for the first
    hundredth of each limit, then one update a slice.

    Returns:
        the ``x-rate-limit-*`` headers of the caller's window.

    Raises:
        Problem: 429 when a window is used up.
    """
    domain, route = endpoint.domain, f"{endpoint.method} {endpoint.path}"
    place = network(source_ip)
    caller = principal.subject if principal else f"ip:{place}"
    # Our own client is no developer's app: it polls, and its users together have no limit.
    app = principal.client_id if principal and principal.user_id else None
    if endpoint.own_limit and app == WEB_CLIENT_ID:
        headers = _count(domain, f"{caller}#{route}#own", endpoint.own_limit, WINDOW_SECONDS)
    else:
        headers = _count(domain, f"{caller}#{route}", endpoint.limit, WINDOW_SECONDS)
    if endpoint.app_limit and app not in (None, WEB_CLIENT_ID):
        _count(domain, f"app:{app}#{route}#day", endpoint.app_limit, DAY_SECONDS)
    _count(domain, f"ip:{place}#all", ADDRESS_LIMIT, WINDOW_SECONDS)
    return headers


def _count(domain: str, name: str, granted: int, seconds: int) -> dict[str, str]:
    """Count one request in a window of so many seconds; the headers that tell of it.

    Raises:
        Problem: 429 when it is used up.
    """
    number = now_seconds() // seconds
    reset = (number + 1) * seconds
    limit, key = granted * multiplier(), f"{name}#{number}"
    with _lock:
        window = _windows[seconds].get(key)
        if window is None or window.limit != limit:
            window = _windows[seconds][key] = Window(limit)
    with window.lock:
        fits = window.spend(settings().name(domain, "limits"), key, reset + 3600)
        remaining = window.remaining
    if not fits:
        raise too_many_requests(reset, limit)
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(reset),
    }


def forget() -> None:
    """Drop what this process knows (tests call this: another process knows nothing)."""
    with _lock:
        for windows in _windows.values():
            windows.clear()


def _take(table: str, key: str, amount: int, limit: int, expires_at: int) -> tuple[int, bool]:
    """Add to what was taken unless that exceeds the limit (one conditional update, 1 WRU).

    Returns:
        what is taken now, and whether the amount was.
    """
    try:
        answer = sdk.client("dynamodb", hasty=True).update_item(
            TableName=table,
            Key={"key": {"S": key}},
            UpdateExpression="ADD taken :amount SET expires_at = :end",
            ConditionExpression="attribute_not_exists(taken) OR taken <= :most",
            ExpressionAttributeValues=dynamo.encode_item(
                {":amount": amount, ":most": limit - amount, ":end": expires_at}
            ),
            ReturnValues="UPDATED_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        item = error.response.get("Item") or {}
        return dynamo.decode(item["taken"]) if "taken" in item else limit, False
    return dynamo.decode(answer["Attributes"]["taken"]), True
