"""Long work for one person, cut into slices: each is one SQS message, which queues the next.

An event begins a walk; its steps run one after the other. A message names the
step and where in it the walk stands, so a worker that dies leaves a message
that comes again and does its slice once more: steps must bear that. A walk
whose message was doubled is walked twice, with the same end.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from shared.aws.events import consume_records, parse, send

Job = dict[str, Any]
Position = dict[str, Any]
# Does one bounded slice for a job, from a position (None: from the beginning); returns where
# the next slice begins, None when the step is done.
Step = Callable[[Job, Position | None], Position | None]


class Walk:
    """The steps of a domain, in order, and the queue that carries the walk on.

    Args:
        domain / queue: the domain's own queue, which also takes the first event.
        steps: by name; a name is part of messages under way, so it stays.
    """

    def __init__(self, domain: str, queue: str, steps: Mapping[str, Step]) -> None:
        self.domain, self.queue, self.steps = domain, queue, dict(steps)

    def handle(self, sqs_event: Any) -> dict[str, Any] | None:
        """Do a slice of every record's walk; see `shared.aws.events.consume_records`."""
        return consume_records(sqs_event, self._advance)

    def _advance(self, record: dict[str, Any]) -> None:
        message = json.loads(record["body"])
        if "job" in message:
            job, first, position = message["job"], message["step"], message["position"]
        else:
            job, first, position = parse(record["body"]).data, next(iter(self.steps)), None
        names = list(self.steps)
        # What is done at once leaves the rest of the message's time to the steps behind it.
        for name in names[names.index(first) :]:
            position = self.steps[name](job, position)
            if position is not None:
                send(self.domain, self.queue, [{"job": job, "step": name, "position": position}])
                return
