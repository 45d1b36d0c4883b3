"""X's rate limits per user, app and address, shared by all processes.

A window of fifteen minutes has one item in the domain's ``limits`` table,
``<caller>#<route>#<window>``, with the amount taken of it. A process leases slices:
a twentieth of the rest, at least one request; it spends the slice in memory. A lease
is conditional on the rest, so that all leases together never exceed the
limit. The first hundredth of a limit is spent before the first lease and charged
with it: rare callers cost no call. Slack: a hundredth of the limit per process.
Small limits (`RateLimits.exact`) are counted one by one, without slack.

Every request counts by its caller. Where X limits an app for all its users together, it
also counts by the app, in a window of a day. Every request, with or without a user, also
counts by its address, against a limit sized for a whole office.

When the table cannot be reached, the process counts alone against the whole limit
and tries again seconds later: a throttled table must not close the platform.
"""

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.auth.authentication import WEB_CLIENT_ID, Principal
from shared.aws.table import Table
from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.errors import too_many_requests
from shared.base.observability import logger
from shared.base.process import Cache, process
from shared.http.source_ip import network

if TYPE_CHECKING:
    from shared.http.api import Endpoint

WINDOW_SECONDS = 15 * 60
DAY_SECONDS = 24 * 3600
# Times a route's limit that an API key has: it stands for all customers of its holder.
KEY_TIMES = 100
_ATTEMPTS = 5


@dataclass(frozen=True)
class RateLimits:
    """Rates of this installation, and how processes share them.

    Attributes:
        multiplier: factor on all of X's documented limits (``RATE_LIMIT_MULTIPLIER``).
        address: requests of one address (an IPv6 /64) to one domain in fifteen minutes;
            67 per second.
        exact: limits up to this are exact: every request is counted in the table.
        share: a lease is this part of the rest of a limit (a twentieth).
        unasked: this part of a limit is spent before the first lease (a hundredth).
        pause_seconds: time without further attempts after a failure of the table.
    """

    multiplier: int = field(
        default_factory=lambda: int(os.environ.get("RATE_LIMIT_MULTIPLIER", "1"))
    )
    address: int = 60_000
    exact: int = 25
    share: int = 20
    unasked: int = 100
    pause_seconds: int = 5


@dataclass
class Window:
    """Knowledge of one process about one caller's window on one route.

    Attributes:
        share, unasked_share: see `RateLimits.share` and `RateLimits.unasked`, which count
            without them.
        taken: total of all processes at the last lease.
        left: rest of this process's slice.
        unasked: requests before its first lease, to be charged with it.
        alone: requests while the table could not be reached.
    """

    limit: int
    share: int | None = None
    unasked_share: int | None = None
    taken: int = 0
    left: int = 0
    unasked: int = 0
    alone: int = 0
    paused_until: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def remaining(self) -> int:
        """Requests left: exact for small limits, else an upper bound."""
        return max(0, self.limit - self.taken + self.left - self.unasked - self.alone)

    def spend(
        self, table: Table[Any], key: str, expires_at: int, amount: int = 1, ask: bool = False
    ) -> bool:
        """Count a request, or an amount; false if the window has no room for it.

        The caller holds the lock.

        Args:
            ask: lease from the table, however small the amount.
        """
        if self.limit <= 0:
            return False
        free = self.left == 0 and self.taken == 0 and not ask
        if free and self._may_go_unasked(amount):
            self.unasked += amount
            return True
        if self.left < amount and self.taken < self.limit and now_seconds() >= self.paused_until:
            self._lease(table, key, expires_at, amount)
        if self.left >= amount:
            self.left -= amount
            return True
        if now_seconds() < self.paused_until and self.remaining >= amount:
            self.alone += amount
            return True
        return False

    def _may_go_unasked(self, amount: int) -> bool:
        limits = process.limits(RateLimits)
        room = max(1, self.limit // (self.unasked_share or limits.unasked))
        return self.limit > limits.exact and self.unasked + amount <= room

    def _lease(self, table: Table[Any], key: str, expires_at: int, amount: int) -> None:
        limits = process.limits(RateLimits)
        for _ in range(_ATTEMPTS):
            free = self.limit - self.taken - self.unasked
            if free <= 0:
                self.taken = self.limit
                return
            part = 1 if self.limit <= limits.exact else free // (self.share or limits.share)
            slice_size = max(amount - self.left, part)
            if slice_size > free:
                return
            try:
                taken, granted = _take(
                    table, key, slice_size + self.unasked, self.limit, expires_at
                )
            except (BotoCoreError, ClientError) as error:
                logger().warning("rate limits not shared", error=str(error)[:200])
                self.paused_until = now_seconds() + limits.pause_seconds
                return
            self.taken = taken
            if granted:
                self.left, self.unasked = self.left + slice_size, 0
                return


# By the length of their windows: a window dropped early would be granted again.
_windows: dict[int, Cache[str, Window]] = {
    seconds: process.cache(100_000, seconds) for seconds in (WINDOW_SECONDS, DAY_SECONDS)
}


def multiplier() -> int:
    """Return this installation's factor on X's documented limits."""
    return process.limits(RateLimits).multiplier


def take(principal: Principal | None, source_ip: str, endpoint: "Endpoint") -> dict[str, str]:
    """Count one request by its user, or without a user by its app or address.

    Then by the app, where the route limits apps, and by the address. No call for the first
    hundredth of each limit, then one update per slice.

    Returns:
        the ``x-rate-limit-*`` headers of the caller's window.

    Raises:
        Problem: 429 if a window is used up.
    """
    domain, route = endpoint.domain, f"{endpoint.method} {endpoint.path}"
    place = network(source_ip)
    caller = principal.subject if principal else f"ip:{place}"
    # Our own client has no limit for all users together, unlike a developer's app.
    app = principal.client_id if principal and principal.user_id else None
    if endpoint.own_limit and app == WEB_CLIENT_ID:
        headers = _count(domain, f"{caller}#{route}#own", endpoint.own_limit, WINDOW_SECONDS)
    else:
        # An outside caller's key stands for all its customers.
        times = KEY_TIMES if principal and principal.api_key else 1
        headers = _count(domain, f"{caller}#{route}", endpoint.limit * times, WINDOW_SECONDS)
    if endpoint.app_limit and app not in (None, WEB_CLIENT_ID):
        _count(domain, f"app:{app}#{route}#day", endpoint.app_limit, DAY_SECONDS)
    _count(domain, f"ip:{place}#all", process.limits(RateLimits).address, WINDOW_SECONDS)
    return headers


def _count(domain: str, name: str, granted: int, seconds: int) -> dict[str, str]:
    """Count one request in a window; returns the window's headers.

    Raises:
        Problem: 429 if it is used up.
    """
    number = now_seconds() // seconds
    reset = (number + 1) * seconds
    limit, key = granted * multiplier(), f"{name}#{number}"
    fits, remaining = spend(domain, key, Window(limit), 1, seconds)
    if not fits:
        raise too_many_requests(reset, limit)
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(reset),
    }


def spend(
    domain: str, key: str, fresh: Window, amount: int, seconds: int, ask: bool = False
) -> tuple[bool, int]:
    """Count an amount in the current window of so many seconds.

    Args:
        key: names the window, with the number of its period.
        fresh: the window before its first use in this process.
        ask: see `Window.spend`.

    Returns:
        whether it fits, and what is left.
    """
    end = (now_seconds() // seconds + 1) * seconds
    window = _windows[seconds].get(key)
    if window is None or window.limit != fresh.limit:
        window = _windows[seconds].change(
            key, lambda known: known if known and known.limit == fresh.limit else fresh
        )
    table: Table[Any] = Table(settings().name(domain, "limits"), "key", best_effort=True)
    with window.lock:
        return window.spend(table, key, end + 3600, amount, ask), window.remaining


def _take(
    table: Table[Any], key: str, amount: int, limit: int, expires_at: int
) -> tuple[int, bool]:
    """Add to the amount taken unless that exceeds the limit.

    One conditional update, 1 WRU.

    Returns:
        the amount taken now, and true if it includes the addition.
    """
    outcome = table.update(
        {"key": key},
        "ADD #taken :amount SET #expires_at = :end",
        {"amount": amount, "most": limit - amount, "end": expires_at},
        "attribute_not_exists(#taken) OR #taken <= :most",
        returning="UPDATED_NEW",
    )
    return (outcome.item or {}).get("taken", limit), outcome.held
