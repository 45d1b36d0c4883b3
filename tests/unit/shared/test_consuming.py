"""Batches of queues, worked on by several threads."""

import threading
from typing import Any

from chalice.app import SQSEvent

from shared.aws.events import consume_records


def batch(*names: str) -> SQSEvent:
    records = [
        {"messageId": name, "receiptHandle": name, "body": name, "attributes": {},
         "eventSourceARN": "arn:aws:sqs:us-east-1:0:queue"}
        for name in names
    ]  # fmt: skip
    return SQSEvent({"Records": records}, None)


def test_batches_of_one_process_do_not_wait_for_each_other() -> None:
    """Each of the five batches of a local process has ten hosts at a time."""
    going_on, begun, done = threading.Event(), threading.Semaphore(0), list[str]()

    def handle(record: dict[str, Any]) -> None:
        begun.release()
        assert record["body"] == "quick" or going_on.wait(30)
        done.append(record["body"])

    def work(event: SQSEvent) -> None:
        consume_records(event, handle, workers=2)

    slow = threading.Thread(target=work, args=(batch("a", "b"),))
    slow.start()
    quick = threading.Thread(target=work, args=(batch("quick"),))
    try:
        assert begun.acquire(timeout=30) and begun.acquire(timeout=30)
        quick.start()
        quick.join(30)
        assert done == ["quick"]
    finally:
        going_on.set()
        slow.join(30)
        quick.join(30)
    assert sorted(done) == ["a", "b", "quick"]
