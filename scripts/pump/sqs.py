"""Queues of the pump: SQS event source mappings as Lambda has them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scripts.pump.event_filter import RecordFilter
from scripts.pump.support import (
    Activity,
    Clients,
    Source,
    describe_error,
    failed_items,
    log_event,
    plain,
)

RECEIVE_LIMIT = 10
DEPTHS = {
    "visible": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}


def to_record(message: dict[str, Any], queue_arn: str, region: str) -> dict[str, Any]:
    """A received message as the record that Lambda hands to a function."""
    attributes = {}
    for name, value in message.get("MessageAttributes", {}).items():
        one: dict[str, Any] = {"stringListValues": [], "binaryListValues": []}
        if "StringValue" in value:
            one["stringValue"] = value["StringValue"]
        if "BinaryValue" in value:
            one["binaryValue"] = plain(value["BinaryValue"])
        attributes[name] = {**one, "dataType": value["DataType"]}
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": attributes,
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


class QueueSource:
    """Reads one queue and calls one handler.

    One thread receives; `concurrency` threads run the handler. A message is
    received only when a thread is free for it, so that none waits in memory
    while its visibility timeout runs down. A mapping's batching window, which saves
    units, would only cost time here.
    """

    def __init__(
        self,
        source: Source,
        queue: str,
        clients: Clients,
        activity: Activity,
        *,
        batch_size: int = 10,
        concurrency: int = 2,
        record_filter: RecordFilter | None = None,
        retry_base: int = 1,
        wait_seconds: int = 2,
    ) -> None:
        self.source, self.queue, self.clients, self.activity = source, queue, clients, activity
        self.batch_size = max(1, batch_size)
        # A FIFO queue promises order within a group; one worker keeps it simply.
        self.concurrency = 1 if queue.endswith(".fifo") else max(1, concurrency)
        self.filter = record_filter or RecordFilter([])
        self.retry_base, self.wait_seconds = retry_base, wait_seconds
        self._slots = threading.Semaphore(self.concurrency)
        self._workers = ThreadPoolExecutor(self.concurrency, f"queue-{source.name}")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"poll-{source.name}", daemon=True)
        self.url = self.arn = self.region = ""
        self.visibility = 30

    def open(self) -> None:
        """Find the queue; fails when it does not exist."""
        sqs = self.clients.sqs
        self.url = sqs.get_queue_url(QueueName=self.queue)["QueueUrl"]
        names = ["QueueArn", "VisibilityTimeout"]
        found = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        self.arn, self.visibility = found["QueueArn"], int(found["VisibilityTimeout"])
        self.region = self.arn.split(":")[3]

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """Stop reading; messages in hand are finished first."""
        self._stop.set()
        deadline = time.monotonic() + timeout
        if self._thread.is_alive():
            self._thread.join(timeout)
        for _ in range(self.concurrency):
            self._slots.acquire(timeout=max(0.0, deadline - time.monotonic()))
        self._workers.shutdown(wait=False, cancel_futures=True)

    def depths(self) -> dict[str, int]:
        """Messages that are visible, in flight and delayed."""
        found = self.clients.sqs.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=list(DEPTHS.values())
        )["Attributes"]
        return {name: int(found.get(attribute, 0)) for name, attribute in DEPTHS.items()}

    def _receive(self, limit: int, wait: int) -> list[dict[str, Any]]:
        """Receive a batch; more than ten messages take several calls."""
        messages = self._receive_once(limit, wait)
        while messages and not len(messages) % RECEIVE_LIMIT and len(messages) < limit:
            try:
                more = self._receive_once(limit - len(messages), 0)
            except (BotoCoreError, ClientError):
                break
            if not more:
                break
            messages += more
        return messages

    def _receive_once(self, limit: int, wait: int) -> list[dict[str, Any]]:
        answer = self.clients.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=min(RECEIVE_LIMIT, limit),
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _run(self) -> None:
        pause = 0.5
        while not self._stop.is_set():
            if not self._slots.acquire(timeout=0.2):
                continue
            messages: list[dict[str, Any]] = []
            try:
                messages = self._receive(self.batch_size, self.wait_seconds)
                pause = 0.5
            except (BotoCoreError, ClientError) as error:
                if not self._stop.wait(pause):
                    log_event("receive_failed", level=logging.WARNING, queue=self.queue,
                              error=describe_error(error))  # fmt: skip
                pause = min(pause * 2, 10.0)
            if messages and self._stop.is_set():
                self._give_back(messages)
                messages = []
            if messages:
                self._workers.submit(self._work, messages)
            else:
                self._slots.release()

    def _give_back(self, messages: list[dict[str, Any]]) -> None:
        try:
            self._postpone(messages, 0)
        except (BotoCoreError, ClientError) as error:
            # They come back by themselves when their visibility ends.
            log_event("settle_failed", level=logging.WARNING, queue=self.queue,
                      error=describe_error(error))  # fmt: skip

    def _work(self, messages: list[dict[str, Any]]) -> None:
        try:
            with self.activity:
                self.process(messages)
        except (BotoCoreError, ClientError) as error:
            # The messages come back by themselves when their visibility ends.
            log_event("settle_failed", level=logging.WARNING, queue=self.queue,
                      error=describe_error(error))  # fmt: skip
        finally:
            self._slots.release()

    def process(self, messages: list[dict[str, Any]]) -> None:
        """Run the handler on a batch, delete what succeeded, retry the rest soon."""
        records = [to_record(one, self.arn, self.region) for one in messages]
        wanted = [one for one in records if self.filter.queue(one)]
        failed = self._invoke(wanted) if wanted else set()
        done = [one for one in messages if one["MessageId"] not in failed]
        for entries in _entries(done):
            self.clients.sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)
        left = [one for one in messages if one["MessageId"] in failed]
        if left:
            self._retry(left)

    def _invoke(self, records: list[dict[str, Any]]) -> set[str]:
        everything = {one["messageId"] for one in records}
        try:
            failed = failed_items(self.source.invoke({"Records": records}))
        except Exception as error:
            log_event("handler_failed", level=logging.ERROR, source=self.source.name,
                      records=len(records), error=describe_error(error))  # fmt: skip
            return everything
        if failed is None or not everything.issuperset(failed):
            # Lambda treats an unknown identifier as a failure of the whole batch.
            return everything
        return set(failed)

    def _retry(self, messages: list[dict[str, Any]]) -> None:
        by_delay: dict[int, list[dict[str, Any]]] = {}
        for one in messages:
            tries = int(one.get("Attributes", {}).get("ApproximateReceiveCount", 1))
            delay = min(self.retry_base * 2 ** min(tries - 1, 16), self.visibility)
            by_delay.setdefault(delay, []).append(one)
        log_event("messages_failed", level=logging.WARNING, queue=self.queue,
                  count=len(messages), retry_in=sorted(by_delay))  # fmt: skip
        for delay, group in by_delay.items():
            self._postpone(group, delay)

    def _postpone(self, messages: list[dict[str, Any]], seconds: int) -> None:
        for chunk in _entries(messages):
            entries = [{**one, "VisibilityTimeout": seconds} for one in chunk]
            self.clients.sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)


def _entries(messages: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Entries of SQS batch calls, ten a call."""
    for start in range(0, len(messages), RECEIVE_LIMIT):
        chunk = messages[start : start + RECEIVE_LIMIT]
        yield [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(chunk)]
