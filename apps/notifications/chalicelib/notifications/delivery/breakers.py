"""Circuit breakers: one per provider, shared by all processes.

    closed ── ten failures in a row ──► open ── its time is over ──► one probe
       ▲                                  ▲                           │    │
       └──────────── success ─────────────┼───────────────────────────┘    │
                                          └──── failure, twice as long ────┘

While a breaker is open nobody calls the provider: messages wait in their queue, each for a
time of its own, so that they do not all come back at once. A closed breaker costs one read
per process and some seconds, and no write.
"""

import random
from dataclasses import dataclass

from chalicelib.notifications.core.operation_models import BREAKERS

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.process import Cache, process

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"


@dataclass(frozen=True)
class BreakerLimits:
    """Bounds of the breakers.

    Attributes:
        failures: failures in a row, of all processes together, that open one.
        first_ms / longest_ms: time of the first opening, doubled by each failed probe.
        probe_ms: time that a probe may take.
        spread: waiting messages return within so many times the rest of the opening.
    """

    failures: int = 10
    first_ms: int = 15_000
    longest_ms: int = 300_000
    probe_ms: int = 30_000
    spread: float = 2.0


# Characters of an error that is kept.
_LONGEST = 200
_noted: Cache[str, bool] = process.cache(64, seconds=60)
_seen: Cache[str, Item] = process.cache(64, seconds=2)


def wait(provider: str) -> float | None:
    """Return ``None`` if the provider may be called, else seconds to wait.

    Messages wait `jittered` seconds. Calls: 1 GetItem per some seconds; 1 update to take a probe.

    Args:
        provider: ``<channel>#<adapter>``.
    """
    item = _load(provider)
    until = item.get("open_until")
    if until is None:
        return None
    limits, now = process.limits(BreakerLimits), now_ms()
    if until <= now:
        probe = BREAKERS.update(
            {"provider": provider},
            "SET #probe_until = :probe",
            {"probe": now + limits.probe_ms, "now": now},
            "attribute_exists(#open_until) AND #open_until <= :now"
            " AND (attribute_not_exists(#probe_until) OR #probe_until <= :now)",
        )
        if probe:
            return None
        if "open_until" not in (probe.item or {}):
            _seen.pop(provider)
            return None
        until = max(now + limits.probe_ms, (probe.item or {})["open_until"])
    return max(1.0, (until - now) / 1000)


def jittered(seconds: float) -> float:
    """Return one message's own wait: so long at least, and longer by chance."""
    spread = process.limits(BreakerLimits).spread
    return seconds + random.uniform(0, seconds * spread)  # noqa: S311 (a pause, no secret)


def probing(provider: str) -> bool:
    """Return True if a call that the breaker allows now is a probe."""
    return "open_until" in _load(provider)


def failed(provider: str, error: str, amount: int = 1) -> None:
    """Count failures that may pass (1 to 2 WRU).

    They open the breaker if they were too many.
    """
    limits, now = process.limits(BreakerLimits), now_ms()
    counted = BREAKERS.update(
        {"provider": provider},
        "SET #last_error = :error, #last_error_at = :now ADD #failures :amount",
        {"error": error[:_LONGEST], "now": now, "amount": amount},
        returning="ALL_NEW",
    )
    item = counted.item or {}
    if item.get("failures", 0) >= limits.failures and item.get("open_until", 0) <= now:
        openings = item.get("openings", 0)
        length = min(limits.longest_ms, limits.first_ms * 2 ** min(openings, 16))
        BREAKERS.update(
            {"provider": provider},
            "SET #open_until = :until REMOVE #probe_until ADD #openings :one",
            {"until": now + length, "now": now, "one": 1},
            "attribute_not_exists(#open_until) OR #open_until <= :now",
        )
    _seen.pop(provider)


def noted(provider: str, error: str) -> None:
    """Keep the last error of many servers, which have no breaker.

    1 WRU per minute and process, only after failures.
    """
    if _noted.add(provider, True):
        BREAKERS.update(
            {"provider": provider},
            "SET #last_error = :error, #last_error_at = :now",
            {"error": error[:_LONGEST], "now": now_ms()},
        )


def succeeded(provider: str) -> None:
    """Close the breaker after a success (1 WRU, only after failures)."""
    if _load(provider).get("failures", 0):
        BREAKERS.update(
            {"provider": provider},
            "REMOVE #failures, #openings, #open_until, #probe_until",
        )
        _seen.pop(provider)


def state(provider: str) -> Item:
    """Return ``breaker`` and, if there was one, ``last_error`` of a provider."""
    item = BREAKERS.get({"provider": provider}) or {}
    until = item.get("open_until")
    word = CLOSED if until is None else OPEN if until > now_ms() else HALF_OPEN
    shown: Item = {"breaker": word}
    for name in ("last_error", "last_error_at"):
        if name in item:
            shown[name] = item[name]
    return shown


def _load(provider: str) -> Item:
    item = _seen.get(provider)
    if item is None:
        item = _seen.put(provider, BREAKERS.get({"provider": provider}) or {"provider": provider})
    return item
