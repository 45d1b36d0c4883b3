"""A provider down for minutes, by a moved clock: nobody waits.

    .venv/bin/python -m bench.delivery.outage [--messages 2000] [--minutes 10]

The handler of iOS pushes, ledger and breaker are real, on the embedded AWS; the queue is a list
of moments, and SNS is answered here. Virtual time jumps to the next message that is due.
"""

import argparse
import heapq
import itertools
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.delivery.pipeline import IOS
from bench.delivery.stage import notifications_alone
from bench.environment import prepare
from scripts.base.process import ROOT
from scripts.pump.support import LambdaContext
from shared.aws.dynamo import Item
from shared.base import ids
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.process import process
from tests.faults import error, intercepted

RESULTS = ROOT / "bench" / "results" / "outage.json"
CHANNEL = "ios"
APPLICATION = "arn:aws:sns:us-east-1:000000000000:app/APNS/outage"
BATCH = IOS
# Of the queue, in seconds, and the attempts after which SQS gives a message up.
VISIBILITY, ATTEMPTS = 360, 5
# Seconds over which the rate of pushes is taken.
WINDOW = 10


@dataclass(order=True)
class _Message:
    due: float
    number: int
    body: str = field(compare=False)
    receives: int = field(default=0, compare=False)


class Queue:
    """Messages by the virtual moment at which they may be received."""

    def __init__(self) -> None:
        self._waiting: list[_Message] = []
        self._numbers = itertools.count()
        self._hidden: dict[str, float] = {}
        self.dead: list[str] = []

    def put(self, body: str, seconds: float = 0.0) -> None:
        """Add a message that is visible after some seconds."""
        message = _Message(process.clock.time() + seconds, next(self._numbers), body)
        heapq.heappush(self._waiting, message)

    def next_due(self) -> float | None:
        """Return the moment of the first message, ``None`` without any."""
        return self._waiting[0].due if self._waiting else None

    def work(self, handler: Callable[[Item, Any], Any]) -> None:
        """Receive a batch, handle it, and let what failed come again."""
        now, batch = process.clock.time(), list[_Message]()
        while self._waiting and len(batch) < BATCH and self._waiting[0].due <= now:
            batch.append(heapq.heappop(self._waiting))
        for one in batch:
            one.receives += 1
        self._hidden.clear()
        answer = handler({"Records": [_record(one) for one in batch]}, LambdaContext("outage"))
        failed = {one["itemIdentifier"] for one in (answer or {})["batchItemFailures"]}
        for one in batch:
            if str(one.number) not in failed:
                continue
            if one.receives == ATTEMPTS:
                self.dead.append(one.body)
                continue
            one.due = now + self._hidden.get(str(one.number), VISIBILITY)
            heapq.heappush(self._waiting, one)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Answer the handler's own calls of SQS."""

        def send(params: Item) -> Item:
            for one in params["Entries"]:
                self.put(one["MessageBody"], one.get("DelaySeconds", 0))
            return {"Successful": [{"Id": one["Id"]} for one in params["Entries"]]}

        def hide(params: Item) -> Item:
            for one in params["Entries"]:
                self._hidden[one["ReceiptHandle"]] = one["VisibilityTimeout"]
            return {"Successful": [{"Id": one["Id"]} for one in params["Entries"]]}

        with (
            intercepted("sqs", "SendMessageBatch", send),
            intercepted("sqs", "ChangeMessageVisibilityBatch", hide),
        ):
            yield


def _record(message: _Message) -> Item:
    return {
        "messageId": str(message.number),
        "receiptHandle": str(message.number),
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:0:{settings().name('notifications', CHANNEL)}",
        "awsRegion": "us-east-1",
    }


class Provider:
    """SNS, which is down until a moment; it notes when it was called."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.refused: list[float] = []
        self.taken: list[tuple[float, str]] = []

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Answer calls of SNS."""

        def publish(params: Item) -> Item:
            now = process.clock.time()
            if now < self.until:
                self.refused.append(now)
                return error("InternalErrorException")
            text = json.loads(json.loads(params["Message"])["APNS"])
            self.taken.append((now, text["notification_id"]))
            return {"MessageId": str(len(self.taken))}

        with (
            intercepted("sns", "Publish", publish, provider=True),
            intercepted(
                "sns",
                "CreatePlatformEndpoint",
                lambda _: {"EndpointArn": "arn:endpoint"},
                provider=True,
            ),
        ):
            yield


def run(messages: int, seconds: float, handler: Callable[[Item, Any], Any]) -> dict[str, Any]:
    """Deliver while the provider is down, and until all are sent.

    Args:
        seconds: of the outage.
        messages: all in the queue at the beginning.
        handler: of the queue of iOS.

    Returns:
        ``lost``, ``doubled``, ``refused`` (calls in vain), ``probes`` of them after the breaker
        had opened, ``closed_after_s`` (from the provider's return to the first push),
        ``busiest`` (the most pushes within `WINDOW` seconds) and ``breaker`` at the end.
    """
    from chalicelib.notifications.delivery import breakers
    from chalicelib.notifications.delivery.breakers import BreakerLimits

    queue, began = Queue(), process.clock.time()
    provider = Provider(began + seconds)
    wanted = _create(messages)
    for one in wanted:
        queue.put(json.dumps({"notification_id": one}))
    states = Counter[str]()
    with ExitStack() as running:
        running.enter_context(queue.answering())
        running.enter_context(provider.answering())
        while (due := queue.next_due()) is not None:
            running.enter_context(process.clock.ahead(max(0.0, due - process.clock.time())))
            queue.work(handler)
            states[breakers.state(f"{CHANNEL}#sns")["breaker"]] += 1
        last = breakers.state(f"{CHANNEL}#sns")["breaker"]
    times, arrived = zip(*provider.taken, strict=True)
    opened = provider.refused[0] + process.limits(BreakerLimits).first_ms / 2000
    return {
        "messages": messages,
        "down_s": seconds,
        "lost": len(set(wanted) - set(arrived)),
        "dead_letters": len(queue.dead),
        "doubled": len(arrived) - len(set(arrived)),
        "refused": len(provider.refused),
        "probes": sum(one > opened for one in provider.refused),
        "opened": states["open"] > 0,
        "closed_after_s": round(times[0] - provider.until, 1),
        "all_sent_after_s": round(times[-1] - provider.until, 1),
        "busiest": max(sum(at <= one < at + WINDOW for one in times) for at in times),
        "breaker": last,
    }


def _create(messages: int) -> list[str]:
    """Store notifications to a person with an iPhone; return their ids."""
    from chalicelib.notifications.contacts import devices
    from chalicelib.notifications.core.caused_ids import fresh_id
    from chalicelib.notifications.core.content import Content
    from chalicelib.notifications.history import notifications

    person = ids.new_id()
    devices.store().register(person, f"{int(person):032x}", CHANNEL, f"{int(person):064x}")
    found = []
    for number in range(messages):
        content = Content(
            id=fresh_id(now_ms()), user_id=person, type="message", category="message",
            channels=(CHANNEL,), created_at=now_ms(), title="Tea", text=str(number),
            sender_id=person,
        )  # fmt: skip
        notifications.create(content)
        found.append(content.id)
    return found


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--json", type=Path, default=RESULTS, help="where to write the results")
    options = parser.parse_args()
    prepare()
    with notifications_alone():
        os.environ.update(IOS_ADAPTER="sns", SNS_IOS_APPLICATION_ARN=APPLICATION)
        from scripts.base.domain import load_app

        handler = load_app("notifications").deliver_ios
        found = run(options.messages, options.minutes * 60, handler)
    print(json.dumps(found, indent=2))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(found, indent=2) + "\n")
    return 1 if found["lost"] or found["doubled"] or found["breaker"] != "closed" else 0


if __name__ == "__main__":
    sys.exit(main())
