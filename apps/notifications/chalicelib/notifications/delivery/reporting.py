"""Reports of a worker's batch: log, numbers and metrics."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.notifications.core import names
from chalicelib.notifications.history import attempts, statistics

from shared.base.config import settings
from shared.base.process import process

Messages = list[dict[str, Any]]
Work = Callable[[Messages], Mapping[int, Exception]]


def reported(channel: str, work: Work) -> Work:
    """Return a worker that also reports what it did.

    Channels with providers note their attempts in the ledger. The inbox has none: its
    deliveries are noted here.
    """

    def run(messages: Messages) -> Mapping[int, Exception]:
        began = process.clock.monotonic()
        try:
            failures = work(messages)
            if channel == names.INBOX:
                ms = (process.clock.monotonic() - began) * 1000 / max(1, len(messages))
                for index, message in enumerate(messages):
                    attempts.note(message["notification_id"], channel, failures.get(index), ms)
            return failures
        finally:
            report()

    return run


def report() -> None:
    """Archive and count the attempts that were noted."""
    found = attempts.take()
    if not found:
        return
    attempts.archive(found)
    statistics.count_attempts(found)
    statistics.write()
    if not settings().local:
        for channel in {one.channel for one in found}:
            statistics.emit(channel, [one for one in found if one.channel == channel])
