"""Timers: work for a given moment, found by one small query per minute.

A timer is an item under ``slot`` and ``due`` (milliseconds, kind, subject), written in
the same transaction as the thing it belongs to. Once per minute the timers of the next
minute go to a queue, each delayed by the time that is left. A timer is never moved or
cancelled: its worker checks that the moment is still the right one.
"""

from collections import defaultdict
from zlib import crc32

from chalicelib.tweets.core import names
from chalicelib.tweets.core.models import TIMERS

from shared.aws.dynamo import Item
from shared.aws.events import send
from shared.aws.table import Action
from shared.base.clock import now_ms

# Hash keys that timers are spread over: 1,000 writes per second each.
SLOTS = 4
_AHEAD_MS = 60_000
_PAGE = 500


def put_action(due_at: int, kind: str, subject: str) -> Action:
    """Return a transaction's put of a timer.

    Args:
        due_at: Unix milliseconds.
        kind: ``post`` (a scheduled tweet) or ``poll`` (closes one).
        subject: the scheduled tweet or the poll, as the worker of that kind names it.
    """
    due = f"{due_at:013d}#{kind}#{subject}"
    # By content, so that a timer that is set again is the same one.
    return TIMERS.put_action({"slot": str(crc32(due.encode()) % SLOTS), "due": due})


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
    """Return the seconds until a moment, rounded up.

    Rounded down, a poll would close before its last second is over.
    """
    return -(min(0, now_ms() - due_at) // 1000)


def _load_due(slot: str, until: int) -> list[Item]:
    values = {"slot": slot, "until": f"{until:013d}"}
    return TIMERS.page("#slot = :slot AND #due < :until", values, limit=_PAGE).items
