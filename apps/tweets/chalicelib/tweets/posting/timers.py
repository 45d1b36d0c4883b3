"""Timers: what is to happen at a moment, found by one small query a minute.

A timer is an item under ``slot`` and ``due`` (milliseconds, kind, subject),
written in the same transaction as what it belongs to. Once a minute those of
the next minute are handed to a queue, each with the delay that is left. Who
works on them looks whether the moment still stands: a timer is never moved or
taken back.
"""

from collections import defaultdict
from typing import Any

from chalicelib.tweets.core.models import Timer

from shared.aws import dynamo, sdk
from shared.aws.events import send
from shared.base.clock import now_ms
from shared.base.ids import new_id

Item = dict[str, Any]

# Hash keys that timers are spread over: 1,000 writes a second each.
SLOTS = 4
_AHEAD_MS = 60_000
_PAGE = 500


def put_action(due_at: int, kind: str, subject: str) -> Item:
    """A transaction's put of a timer.

    Args:
        due_at: Unix milliseconds.
        kind: what is to be done (``post`` or ``poll``).
        subject: whose turn it is, for the worker of that kind.
    """
    slot = str(int(new_id()) % SLOTS)
    timer = {"slot": slot, "due": f"{due_at:013d}#{kind}#{subject}"}
    return dynamo.put(Timer.Meta.table_name, timer)


def ring() -> None:
    """Hand over what is due within a minute.

    A timer goes only after the queue has it: after a crash in between it is handed over
    twice, and the second time finds nothing left to do.
    """
    for slot in range(SLOTS):
        while due := _due(str(slot), now_ms() + _AHEAD_MS):
            by_delay = defaultdict(list)
            for timer in due:
                at, kind, subject = timer["due"].split("#", 2)
                by_delay[delay_until(int(at))].append(
                    {"kind": kind, "subject": subject, "due_at": int(at)}
                )
            for delay, messages in by_delay.items():
                send("tweets", "due", messages, delay=delay)
            dynamo.batch_write(Timer.Meta.table_name, deletes=due)
            if len(due) < _PAGE:
                break


def delay_until(due_at: int) -> int:
    """Seconds until a moment, rounded up: a poll still takes votes in its last second."""
    return -(min(0, now_ms() - due_at) // 1000)


def _due(slot: str, until: int) -> list[Item]:
    answer = sdk.client("dynamodb").query(
        TableName=Timer.Meta.table_name,
        KeyConditionExpression="slot = :slot AND due < :until",
        ExpressionAttributeValues=dynamo.encode_item({":slot": slot, ":until": f"{until:013d}"}),
        Limit=_PAGE,
    )
    return [dynamo.decode_item(raw) for raw in answer["Items"]]
