"""Streams of the pump: DynamoDB stream mappings as Lambda has them."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scripts.pump import wake
from scripts.pump.checkpoints import Checkpoints
from scripts.pump.event_filter import RecordFilter
from scripts.pump.records import FailedRecords, Record, sequence_of, to_record
from scripts.pump.shards import ShardReader, StreamGoneError
from scripts.pump.support import (
    Activity,
    Clients,
    Source,
    describe_error,
    failed_items,
    log_event,
)
from scripts.pump.sweep import sweep

BUSY_SECONDS = 0.1
BISECT_AFTER = 2
# Writes come in bursts; a moment of patience makes one batch of them.
COALESCE_SECONDS = 0.01


class StreamSource:
    """Reads one table's stream for one handler."""

    def __init__(
        self,
        source: Source,
        table: str,
        clients: Clients,
        activity: Activity,
        checkpoints: Checkpoints,
        failed: FailedRecords,
        *,
        batch_size: int = 100,
        record_filter: RecordFilter | None = None,
        max_tries: int = 5,
        retry_base: float = 0.2,
        idle_seconds: float = 0.5,
    ) -> None:
        self.source, self.clients, self.activity = source, clients, activity
        self.checkpoints, self.failed = checkpoints, failed
        # Deployed it is a stream's ARN, locally the name of its table.
        self.table = table.split("/")[1] if table.startswith("arn:") else table
        self.batch_size = max(1, batch_size)
        self.filter = record_filter or RecordFilter([])
        self.max_tries, self.retry_base, self.idle_seconds = max_tries, retry_base, idle_seconds
        self.wake, self._stop, self._drain = threading.Event(), threading.Event(), threading.Event()
        self.empty_at: float | None = None
        # Whether it was empty at the last look; `wake` tells of what was written since.
        self.empty = False
        self.clean = False
        self._sweep = False
        self._description: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._run, name=f"stream-{source.name}", daemon=True)
        self._reader: ShardReader | None = None
        self._resumed: set[str] = set()

    def open(self) -> None:
        """Find the table and its stream; fails when there is none."""
        self._description = self.clients.dynamodb.describe_table(TableName=self.table)["Table"]
        arn = self._description.get("LatestStreamArn")
        if not arn:
            raise LookupError(f"table {self.table} has no stream")

        def position(stream_arn: str, shard: str) -> str | None:
            return self.checkpoints.position(self.source.name, stream_arn, shard)

        self._reader = ShardReader(self.clients.streams, arn, position)

    def start(self, *, sweep_first: bool) -> None:
        """Start reading; ``sweep_first`` looks for changes that were missed."""
        self._sweep = sweep_first
        wake.listen(self.table, self.wake)
        self._thread.start()

    def stop(self, drain_seconds: float) -> None:
        """Stop after the last record, or after so many seconds."""
        if drain_seconds:
            self._drain.set()
            self.wake.set()
            if self._thread.is_alive():
                self._thread.join(drain_seconds)
        self._stop.set()
        self.wake.set()
        wake.forget(self.table, self.wake)

    def finish(self, timeout: float) -> None:
        """Wait for the batch in hand; call `stop` first."""
        if self._thread.is_alive():
            self._thread.join(timeout)

    def lag_seconds(self) -> float | None:
        """Time since the stream was last seen empty; None before that."""
        return None if self.empty_at is None else time.monotonic() - self.empty_at

    def empty_since(self, moment: float) -> bool:
        """Return True if a read begun after a monotonic moment found nothing."""
        return self.empty_at is not None and self.empty_at >= moment

    def all_read(self) -> bool:
        """Return True if all own writes have been read; makes no call."""
        return not self.wake.is_set() and self.empty

    def _run(self) -> None:
        pause = BUSY_SECONDS
        while not self._stop.is_set():
            started = time.monotonic()
            self.empty = False
            self.wake.clear()
            try:
                if self._sweep:
                    self._run_sweep()
                busy = self._round()
            except (BotoCoreError, ClientError, StreamGoneError) as error:
                busy = False
                if self._drain.is_set():
                    return
                self._recover(error)
            else:
                if not busy:
                    self.empty_at, self.empty = started, True
                    if self._drain.is_set():
                        self.clean = True
                        return
            pause = BUSY_SECONDS if busy else min(pause * 1.5, self.idle_seconds)
            if not busy and self.wake.wait(pause) and not self._drain.is_set():
                self._stop.wait(COALESCE_SECONDS)

    def _recover(self, error: Exception) -> None:
        if self._stop.wait(1.0):
            return
        log_event("stream_failed", level=logging.WARNING, table=self.table,
                  error=describe_error(error))  # fmt: skip
        if isinstance(error, StreamGoneError):
            try:
                self.open()
            except (BotoCoreError, ClientError, LookupError):
                return

    def _round(self) -> bool:
        """Read every shard once; whether anything was found."""
        assert self._reader is not None
        busy, arn = False, self._reader.stream_arn
        for shard, records in self._reader.read(self.batch_size):
            busy = True
            for batch in self._batches(arn, shard, [to_record(one, arn) for one in records]):
                self.checkpoints.begin(self.source.name, arn, shard, sequence_of(batch[-1]))
                if not self.deliver(batch, partial(self._done, arn, shard)):
                    return True
        return busy

    def _batches(self, arn: str, shard: str, records: list[Record]) -> Iterator[list[Record]]:
        """The records as one batch, or as two after a crash.

        The batch that broke off comes again with the same borders.
        """
        last = None
        if records and shard not in self._resumed:
            last = self.checkpoints.begun(self.source.name, arn, shard)
            self._resumed.add(shard)
        ends = [n for n, one in enumerate(records, 1) if sequence_of(one) == last]
        cut = ends[0] if ends else len(records)
        yield from (batch for batch in (records[:cut], records[cut:]) if batch)

    def _done(self, arn: str, shard: str, record: Record) -> None:
        at_ms = int(float(record["dynamodb"].get("ApproximateCreationDateTime", 0)) * 1000)
        self.checkpoints.advance(self.source.name, arn, shard, sequence_of(record), at_ms)

    def _run_sweep(self) -> None:
        assert self._reader is not None
        if self._reader.resumes():
            # Only this process died: the stream remembers all, nothing was missed.
            self._sweep = False
            return
        since, count = self.checkpoints.published(self.source.name), 0
        for batch in sweep(self.clients.dynamodb, self._description, since):
            ready = [to_record(one, self._reader.stream_arn) for one in batch]
            if not self.deliver(ready, lambda _: None):
                return
            count += len(batch)
        self._sweep = False
        log_event("swept", source=self.source.name, table=self.table, records=count)

    def deliver(self, records: list[Record], done: Callable[[Record], None]) -> bool:
        """Hand records to the handler in order until each is done or given up.

        A batch that keeps failing is halved until the bad record stands alone;
        that one is retried and then put aside. False when stopped meanwhile.
        """
        segments = deque([(records, 0)])
        while segments:
            segment, tries = segments.popleft()
            wanted = [one for one in segment if self.filter.stream(one)]
            failed = self._invoke(wanted) if wanted else None
            if failed is None:
                done(segment[-1])
                continue
            index, tries = segment.index(failed), tries + 1
            if index:
                done(segment[index - 1])
                segment, tries = segment[index:], 1
            if len(segment) == 1 and tries >= self.max_tries:
                self.failed.keep(self.source.name, segment[0])
                log_event("record_given_up", level=logging.ERROR, source=self.source.name,
                          sequence=sequence_of(segment[0]), file=str(self.failed.path))  # fmt: skip
                done(segment[0])
                continue
            if len(segment) > 1 and tries >= BISECT_AFTER:
                middle = len(segment) // 2
                segments.extendleft([(segment[middle:], 0), (segment[:middle], 0)])
                continue
            segments.appendleft((segment, tries))
            if self._stop.wait(min(self.retry_base * 2 ** (tries - 1), 5.0)):
                return False
        return True

    def _invoke(self, records: list[Record]) -> Record | None:
        """The first record that failed, None when all went well."""
        try:
            with self.activity:
                failed = failed_items(self.source.invoke({"Records": records}))
        except Exception as error:
            log_event("handler_failed", level=logging.ERROR, source=self.source.name,
                      records=len(records), error=describe_error(error))  # fmt: skip
            return records[0]
        if failed is None:
            return records[0]
        known = {sequence_of(one) for one in records}
        if not known.issuperset(failed):
            return records[0]
        return next((one for one in records if sequence_of(one) in set(failed)), None)
