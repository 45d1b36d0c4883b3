"""Log of delivery attempts, a JSON line each, in S3 by day and channel.

Workers note attempts while they deliver a batch and archive them together at its end: through
a delivery stream that writes ``attempts/<year>/<month>/<day>/<channel>/…`` (`make query-logs`
searches them). A line holds ids and outcomes, no recipient, address, token or text.

The log is a help for operators and never holds a delivery up: the archive has one attempt of a
second, and lines that it does not take go to the function's own log.
"""

import json
import re
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from chalicelib.notifications.core.caused_ids import ID_PATTERN, moment
from chalicelib.notifications.core.message import PermanentFailure
from chalicelib.notifications.core.names import DOMAIN

from shared.aws import sdk
from shared.base.clock import iso, now_ms
from shared.base.config import settings
from shared.base.observability import logger
from shared.base.process import process

SENT = "sent"
FAILED = "failed"
# The message comes again.
RETRIED = "retried"

STREAM = "attempts"
# Of one PutRecordBatch.
_RECORDS = 500
_KEPT = 10_000


@dataclass(frozen=True)
class Attempt:
    """One try to hand a notification to a channel's provider.

    Attributes:
        at: Unix ms of its end.
        outcome: `SENT`, `FAILED` (for good) or `RETRIED`.
        reason: the ledger's word for a failure, or the name of an error.
        ms: how long the provider took, in milliseconds.
        age_ms: from the notification's event until then.
    """

    notification_id: str
    channel: str
    at: int
    outcome: str
    ms: float
    reason: str | None = None
    age_ms: int = 0

    def line(self) -> dict[str, Any]:
        """Return the members of its line."""
        found = {
            "at": iso(self.at),
            "channel": self.channel,
            "notification_id": self.notification_id,
            "outcome": self.outcome,
            "reason": self.reason,
            "ms": round(self.ms, 1),
            "age_ms": self.age_ms,
        }
        return {name: value for name, value in found.items() if value is not None}


_lock = threading.Lock()
_noted: deque[Attempt] = deque(maxlen=_KEPT)


@process.on_reset
def forget() -> None:
    """Drop what is noted."""
    _noted.clear()


def note(
    notification_id: str, channel: str, result: str | Exception | None, ms: float = 0.0
) -> None:
    """Note an attempt until the end of the batch.

    Args:
        result: the exception if it failed.
    """
    now = now_ms()
    outcome, reason = SENT, None
    if isinstance(result, PermanentFailure):
        outcome, reason = FAILED, result.reason
    elif isinstance(result, Exception):
        outcome, reason = RETRIED, type(result).__name__
    age = max(0, now - moment(notification_id)) if re.match(ID_PATTERN, notification_id) else 0
    attempt = Attempt(notification_id, channel, now, outcome, ms, reason, age)
    with _lock:
        _noted.append(attempt)


def take() -> list[Attempt]:
    """Return what was noted since the last call, by whichever thread."""
    with _lock:
        found = list(_noted)
        _noted.clear()
    return found


def archive(found: Sequence[Attempt]) -> None:
    """Write attempts to the archive (1 PutRecordBatch per 500)."""
    for start in range(0, len(found), _RECORDS):
        lines = [one.line() for one in found[start : start + _RECORDS]]
        for line in _refused(lines):
            logger().warning("delivery attempt not archived", **line)


def _refused(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines that the archive did not take."""
    records = [{"Data": json.dumps(line, separators=(",", ":")) + "\n"} for line in lines]
    try:
        answer = sdk.client("firehose", best_effort=True).put_record_batch(
            DeliveryStreamName=settings().name(DOMAIN, STREAM), Records=records
        )
    except (BotoCoreError, ClientError):
        return lines
    answers = zip(lines, answer["RequestResponses"], strict=True)
    return [line for line, one in answers if one.get("ErrorCode")]
