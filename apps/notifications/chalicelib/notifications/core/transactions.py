"""Transactions on items that others may be changing at the same moment."""

import random
import time
from typing import Any

from shared.aws import dynamo

_ATTEMPTS = 8
_CONFLICT = "TransactionConflict"
_jitter = random.SystemRandom()


def transact(actions: list[dict[str, Any]]) -> None:
    """`shared.aws.dynamo.transact`, again while other transactions hold the items.

    Raises:
        TransactionCanceled: a condition failed, or the conflict outlasted the
            attempts (about two seconds in all).
    """
    for attempt in range(_ATTEMPTS):
        try:
            dynamo.transact(actions)
            return
        except dynamo.TransactionCanceled as canceled:
            causes = {reason for reason in canceled.reasons if reason}
            if causes != {_CONFLICT} or attempt == _ATTEMPTS - 1:
                raise
        pause(attempt)


def pause(attempt: int) -> None:
    """Wait a random moment that grows with the attempt, at most half a second."""
    time.sleep(_jitter.uniform(0, min(0.5, 0.02 * 2**attempt)))
