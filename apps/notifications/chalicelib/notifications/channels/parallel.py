"""Calls that wait for others, several at a time.

A worker is paid for while it waits. Threads make calls of providers and of the ledger only:
each thread that asks the contacts would hold a connection to their database.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from shared.base.threads import helpers

T = TypeVar("T")
R = TypeVar("R")

THREADS = 10


def each(work: Callable[[T], R], items: Sequence[T]) -> list[R | Exception]:
    """Return the outcome of each item, a result or an exception, in order.

    Not to be called by ``work`` itself: it would wait for its own thread.
    """

    def attempt(item: T) -> R | Exception:
        try:
            return work(item)
        except Exception as failure:
            return failure

    if len(items) < 2:
        return [attempt(one) for one in items]
    return list(helpers("deliveries", THREADS).map(attempt, items))
