"""Long work for one run in slices, one message of the queue ``jobs`` each.

A message names the kind of the job, the job and its position. A worker that dies leaves a
message that arrives again and repeats its slice, so slices must be idempotent.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from chalice.app import SQSEvent
from chalicelib.crawler.core.names import DOMAIN, JOBS_QUEUE

from shared.aws.dynamo import Item
from shared.aws.events import consume_records, send

Position = dict[str, Any]
# One bounded slice of a job from a position (None: from the beginning); returns the position
# of the next slice, None when the job is done.
Slice = Callable[[Item, Position | None], Position | None]


def start(kind: str, job: Item) -> None:
    """Queue a job: one call. Queued twice, it ends with the same result."""
    send(DOMAIN, JOBS_QUEUE, [{"kind": kind, "job": job, "position": None}])


def handle(event: SQSEvent, kinds: Mapping[str, Slice]) -> dict[str, Any] | None:
    """Run one slice of each record's job; returns as `consume_records`."""
    return consume_records(event, partial(_advance, kinds))


def _advance(kinds: Mapping[str, Slice], record: Item) -> None:
    message = json.loads(record["body"])
    position = kinds[message["kind"]](message["job"], message["position"])
    if position is not None:
        send(DOMAIN, JOBS_QUEUE, [{**message, "position": position}])
