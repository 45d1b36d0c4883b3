"""Long work for one account in slices, one SQS message each.

An event begins a walk; its steps run one after the other. A message names the
step and its position, so a worker that dies leaves a message that arrives again
and repeats its slice: steps must be idempotent. A duplicated message means a
second walk with the same result.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from shared.aws.events import consume_records, parse, send

Job = dict[str, Any]
Position = dict[str, Any]
# One bounded slice of a job from a position (None: from the beginning); returns the position
# of the next slice, None when the step is done.
Step = Callable[[Job, Position | None], Position | None]


class Walk:
    """Steps of a domain, in order, and the queue that carries the walk on.

    Args:
        domain / queue: the domain's own queue, which also takes the first event.
        steps: by name; names are part of queued messages and must not change.
    """

    def __init__(self, domain: str, queue: str, steps: Mapping[str, Step]) -> None:
        self.domain, self.queue, self.steps = domain, queue, dict(steps)

    def handle(self, sqs_event: Any) -> dict[str, Any] | None:
        """Run a slice of each record's walk; returns as `consume_records`."""
        return consume_records(sqs_event, self._advance)

    def _advance(self, record: dict[str, Any]) -> None:
        message = json.loads(record["body"])
        if "job" in message:
            job, first, position = message["job"], message["step"], message["position"]
        else:
            job, first, position = parse(record["body"]).data, next(iter(self.steps)), None
        names = list(self.steps)
        # A step that ends at once leaves the message's time to the next ones.
        for name in names[names.index(first) :]:
            position = self.steps[name](job, position)
            if position is not None:
                send(self.domain, self.queue, [{"job": job, "step": name, "position": position}])
                return
