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

    CPU milliseconds: the least of the requests, in the time of `machine`.
    """

    def median(value: Callable[[Request], float]) -> float:
        return statistics.median_low(value(one) for one in requests)

    def least_ms(value: Callable[[Request], float]) -> float:
        return round(min(value(one) for one in requests) * 1000 / slowness, 2)

    slowness = machine.slowness()
    numbers: Numbers = {
        "calls": median(lambda one: len(one.calls)),
        "wru": median(lambda one: one.wru),
        "rru": median(lambda one: one.rru),
        "cpu_ms": least_ms(lambda one: one.domain_cpu),
        "sdk_ms": least_ms(lambda one: one.sdk_cpu),
    }
    if woken:
        numbers["worker"] = _workers([call for calls in woken for call in calls], len(woken))
    typical = next(one for one in requests if len(one.calls) == numbers["calls"])
    return Measured(numbers, [str(call) for call in [*typical.calls, *(woken or [[]])[0]]])


def _workers(woken: list[Spent], runs: int) -> Numbers:
    def total(calls: list[Spent]) -> Numbers:
        return {
            "calls": round(len(calls) / runs, 3),
            "wru": round(sum(call.wru for call in calls) / runs, 3),
            "rru": round(sum(call.rru for call in calls) / runs, 3),
        }

    names = sorted({call.handler for call in woken})
    by_handler = {name: total([call for call in woken if call.handler == name]) for name in names}
    return {**total(woken), "by_handler": by_handler}
