"""From metered calls to the numbers of one operation."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench import machine
from bench.meter import Request, Spent

Numbers = dict[str, Any]


@dataclass
class Measured:
    """One operation's outcome.

    Attributes:
        calls: of a typical request, one by one, and then of the workers it woke.
    """

    numbers: Numbers
    calls: list[str]


def summary(requests: list[Request], woken: list[list[Spent]]) -> Measured:
    """Calls and units: medians of requests, means of what they set in motion.

    What rate limits write stands apart, as a mean: it falls on some requests only, and
    depends on how many of them somebody makes in a quarter of an hour.
    CPU milliseconds: the least of the requests, in the time of `machine`.
    """
    leases = [call for one in requests for call in one.calls if _is_lease(call)]
    own = {id(one): [call for call in one.calls if not _is_lease(call)] for one in requests}

    def median(value: Callable[[Request], float]) -> float:
        return statistics.median_low(value(one) for one in requests)

    def least_ms(value: Callable[[Request], float]) -> float:
        return round(min(value(one) for one in requests) * 1000 / slowness, 2)

    slowness = machine.slowness()
    numbers: Numbers = {
        "calls": median(lambda one: len(own[id(one)])),
        "wru": median(lambda one: sum(call.wru for call in own[id(one)])),
        "rru": median(lambda one: sum(call.rru for call in own[id(one)])),
        "cpu_ms": least_ms(lambda one: one.domain_cpu),
        "sdk_ms": least_ms(lambda one: one.sdk_cpu),
    }
    if leases:
        numbers["rate_limits"] = totals(leases, len(requests))
    if woken:
        numbers["worker"] = _workers([call for calls in woken for call in calls], len(woken))
    typical = next(calls for calls in own.values() if len(calls) == numbers["calls"])
    return Measured(numbers, [str(call) for call in [*typical, *(woken or [[]])[0]]])


def totals(calls: list[Spent], runs: int) -> Numbers:
    """Calls and units of one of so many runs, on the average."""
    return {
        "calls": round(len(calls) / runs, 3),
        "wru": round(sum(call.wru for call in calls) / runs, 3),
        "rru": round(sum(call.rru for call in calls) / runs, 3),
    }


def _is_lease(call: Spent) -> bool:
    return call.target.endswith("-limits")


def _workers(woken: list[Spent], runs: int) -> Numbers:
    names = sorted({call.handler for call in woken})
    by_handler = {
        name: totals([call for call in woken if call.handler == name], runs) for name in names
    }
    return {**totals(woken, runs), "by_handler": by_handler}
