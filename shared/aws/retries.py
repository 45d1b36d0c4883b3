"""Failures that are expected to pass, and when their records return."""

import random
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.aws import sdk
from shared.base.config import settings
from shared.base.observability import logger

# Bounds of the random pauses before retries, in seconds.
FIRST, LONGEST = 10, 900
# Records that SQS changes per call.
_MOST = 10


class RetryLater(Exception):
    """Expected reason to retry a record; logged without a stack trace."""


class RetryAfter(RetryLater):
    """A failure that may pass: the record returns after a jittered time.

    Attributes:
        at_least: seconds before which a retry is of no use.
    """

    def __init__(self, message: str, at_least: float = 0) -> None:
        super().__init__(message)
        self.at_least = at_least


def postpone(failed: Iterable[tuple[dict[str, Any], Exception]]) -> None:
    """Let records of one queue return after a random time (full jitter).

    Its bound doubles with each attempt. Only of `RetryAfter`; all others return when their
    visibility ends.

    Calls: one per ten records.
    """
    entries: list[dict[str, Any]] = []
    queue = ""
    for record, failure in failed:
        if isinstance(failure, RetryAfter):
            queue = record["eventSourceARN"].rsplit(":", 1)[1]
            receives = int(record["attributes"].get("ApproximateReceiveCount", 1))
            entries.append(
                {
                    "Id": str(len(entries)),
                    "ReceiptHandle": record["receiptHandle"],
                    "VisibilityTimeout": round(delay(receives, failure.at_least)),
                }
            )
    for start in range(0, len(entries), _MOST):
        try:
            sdk.client("sqs").change_message_visibility_batch(
                QueueUrl=f"{settings().queues_url}/{queue}", Entries=entries[start : start + _MOST]
            )
        except (BotoCoreError, ClientError) as error:
            # They return when their visibility ends.
            logger().warning("retry not postponed", error=str(error))


def delay(attempts: int, at_least: float) -> float:
    """Return the seconds before the next attempt.

    Args:
        attempts: made so far, from 1.
        at_least: what the provider asked for.
    """
    bound = min(LONGEST, FIRST * 2 ** min(attempts - 1, 16))
    return min(LONGEST, at_least + random.uniform(0, bound))  # noqa: S311 (a pause, no secret)
