"""Transactions that overlap on an item refuse each other: the loser tries again."""

import random
import time
from typing import Any

from shared import dynamo

_ATTEMPTS = 8
_CONFLICT = "TransactionConflict"


def write(actions: list[dict[str, Any]]) -> None:
    """Write all or nothing, again after a mere conflict (exponential back-off, full jitter).

    Raises:
        TransactionCanceled: a condition failed, or the conflict persisted.
    """
    for attempt in range(_ATTEMPTS):
        try:
            dynamo.transact(actions)
            return
        except dynamo.TransactionCanceled as canceled:
            last = attempt == _ATTEMPTS - 1
            if last or not {_CONFLICT}.issuperset(filter(None, canceled.reasons)):
                raise
        time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311
