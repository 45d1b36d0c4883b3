"""Timers: work for a given moment, found by one small query per minute.

A timer is an item under ``slot`` and ``due`` (milliseconds, kind, subject). Once per minute
the timers of the next minute go to a queue, each delayed by the time that is left. A timer is
never moved or cancelled: its handler checks that there is still something to do.
See docs/decisions/0027-timers-in-a-table.md.
"""

from collections import defaultdict
from zlib import crc32

from chalicelib.notifications.core import names
from chalicelib.notifications.core.operation_models import TIMERS

from shared.aws.dynamo import Item
from shared.aws.events import send
from shared.base.clock import now_ms

# Kind of timers whose subject is ``<notification id>/<channel>``.
DELIVER = "deliver"
# Kind of timers whose subject is ``<channel>/<recipient>``.
DIGEST = "digest"

# Hash keys that timers are spread over: 1,000 writes per second each.
SLOTS = 4
_AHEAD_MS = 60_000
_PAGE = 500


def put(due_at: int, kind: str, subject: str) -> None:
    """Set a timer (1 WRU); the same one again changes nothing.

    Args:
        due_at: Unix ms.
        kind: of `delivery.due.KINDS`.
        subject: whatever the handler of that kind needs.
    """
    due = f"{due_at:013d}#{kind}#{subject}"
    # By content, so that a timer that is set again is the same one.
    TIMERS.put({"slot": str(crc32(due.encode()) % SLOTS), "due": due})


def ring() -> None:
    """Send the timers that are due within a minute to the queue.

    A timer is deleted only after the queue has it: a crash in between sends it twice,
    and the second message finds nothing left to do.
    """
    for slot in range(SLOTS):
        while due := _load_due(str(slot), now_ms() + _AHEAD_MS):
            by_delay = defaultdict(list)
            for timer in due:
                at, kind, subject = timer["due"].split("#", 2)
                by_delay[delay_until(int(at))].append(
                    {"kind": kind, "subject": subject, "due_at": int(at)}
                )
            for delay, messages in by_delay.items():
                send(names.DOMAIN, names.TIMERS_QUEUE, messages, delay=delay)
            TIMERS.batch_write(deletes=due)
            if len(due) < _PAGE:
                break


def delay_until(due_at: int) -> int:
    """Return the seconds until a moment, rounded up; 0 if it has passed."""
    return -(min(0, now_ms() - due_at) // 1000)


def _load_due(slot: str, until: int) -> list[Item]:
    values = {"slot": slot, "until": f"{until:013d}"}
    return TIMERS.page("#slot = :slot AND #due < :until", values, limit=_PAGE).items
