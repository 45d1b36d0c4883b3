"""The event pump: Lambda's event source mappings for local processes.

It reads the event sources that a Chalice app registered and calls the very
handlers that Lambda would call. Used by `scripts.local.serve`, and in-process by
tests, which wait with `settle` instead of sleeping.
"""

from __future__ import annotations

import importlib
import logging
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

from chalice.app import Chalice, DynamoDBEventConfig, ScheduledEventConfig, SQSEventConfig

from scripts.pump.checkpoints import Checkpoints
from scripts.pump.event_filter import filters_for
from scripts.pump.records import FailedRecords
from scripts.pump.scheduler import ScheduleSource
from scripts.pump.sqs import QueueSource
from scripts.pump.streams import StreamSource
from scripts.pump.support import Activity, Clients, Handler, Source, log_event
from scripts.wiring.declaration import load
from scripts.wiring.render import merge as wired
from shared.base.schedule_expression import ScheduleError, parse

# How long a stream is read on when the pump stops, and how long a batch in hand may take then.
DRAIN_SECONDS = 5.0
FINISH_SECONDS = 60.0


class Pump:
    """Drives all event handlers of one domain's app.

    Args:
        concurrency: handler threads of a queue, by queue name; ``""`` is the default.
        retry_base: seconds before the first retry of a queue message (0: at once).
        idle_seconds: longest pause between two looks at a quiet stream.
        max_tries: how often a single bad stream record is tried.
        wait_seconds: length of a long poll, and so of a stop at the worst.
        schedules: False leaves scheduled handlers to `fire`.
        sole_writer: nobody writes to the tables but this process.
        ask_depths: tells the messages in all queues by name, instead of a call for each.
    """

    def __init__(
        self,
        app: Chalice,
        module: ModuleType,
        domain: str,
        state_dir: Path,
        endpoint_url: str | None = None,
        *,
        concurrency: Mapping[str, int] | None = None,
        retry_base: int = 1,
        idle_seconds: float = 0.5,
        max_tries: int = 5,
        wait_seconds: int = 2,
        schedules: bool = True,
        sole_writer: bool = False,
        ask_depths: Callable[[], Mapping[str, int]] | None = None,
        merge: Mapping[str, Any] | None = None,
    ) -> None:
        self.domain, self.module = domain, module
        self.activity = Activity()
        self.clients = Clients(endpoint_url)
        self.checkpoints = Checkpoints(Path(state_dir) / "checkpoints" / f"{domain}.json")
        self.queues: list[QueueSource] = []
        self.streams: list[StreamSource] = []
        self.schedules: list[ScheduleSource] = []
        self._run_schedules, self._started = schedules, False
        self._sole_writer, self._ask_depths = sole_writer, ask_depths
        failed = FailedRecords(Path(state_dir) / "failed" / f"{domain}.jsonl")
        workers = {"": 2, **(concurrency or {})}
        find_filter = filters_for(wired(load(domain)) if merge is None else merge)
        for config in app.event_sources:
            source = self._source(config)
            if isinstance(config, SQSEventConfig):
                queue = config.queue or str(config.queue_arn).rpartition(":")[2]
                limit = workers.get(queue, workers[""])
                self.queues.append(
                    QueueSource(
                        *(source, queue, self.clients, self.activity),
                        batch_size=config.batch_size,
                        concurrency=min(limit, config.maximum_concurrency or limit),
                        record_filter=find_filter(config.name),
                        retry_base=retry_base,
                        wait_seconds=wait_seconds,
                    )
                )
            elif isinstance(config, DynamoDBEventConfig):
                self.streams.append(
                    StreamSource(
                        *(source, config.stream_arn, self.clients, self.activity),
                        *(self.checkpoints, failed),
                        batch_size=config.batch_size,
                        record_filter=find_filter(config.name),
                        max_tries=max_tries,
                        idle_seconds=idle_seconds,
                    )
                )
            elif isinstance(config, ScheduledEventConfig):
                self._add_schedule(source, config)
            else:
                log_event("not_driven_locally", level=logging.WARNING, source=source.name)

    def _source(self, config: Any) -> Source:
        module_name, _, function = config.handler_string.rpartition(".")
        # Handlers of a blueprint live in the blueprint's module, the rest in app.py.
        module = self.module if module_name == "app" else importlib.import_module(module_name)
        handler: Handler = getattr(module, function)
        stage = os.environ.get("STAGE", "dev")
        name = f"rookery-{stage}-{self.domain}-{config.name}"
        return Source(config.name, name, handler, self.domain)

    def _add_schedule(self, source: Source, config: ScheduledEventConfig) -> None:
        expression = config.schedule_expression
        text = expression if isinstance(expression, str) else expression.to_string()
        try:
            self.schedules.append(ScheduleSource(source, parse(text), self.activity))
        except ScheduleError as error:
            log_event("schedule_skipped", level=logging.WARNING, reason=str(error))

    def start(self) -> Pump:
        """Find all queues and streams, then begin; fails if one does not exist."""
        with ThreadPoolExecutor(8) as openers:
            list(openers.map(lambda one: one.open(), [*self.queues, *self.streams]))
        missed = self.checkpoints.dirty
        if self.streams:
            self.checkpoints.mark(dirty=True)
        for queue in self.queues:
            queue.start()
        for stream in self.streams:
            stream.start(sweep_first=missed)
        if self._run_schedules:
            for schedule in self.schedules:
                schedule.start()
        self._started = True
        counts = {
            "queues": len(self.queues),
            "streams": len(self.streams),
            "schedules": len(self.schedules),
        }
        log_event("pump_started", domain=self.domain, sweep=missed, **counts)
        return self

    def stop(self, drain: bool = True, *, drain_seconds: float = DRAIN_SECONDS) -> bool:
        """Stop; ``drain`` reads the streams to their end; return whether it did."""
        if not self._started:
            return True
        self._started = False
        for stream in () if drain else self.streams:
            stream.stop(0.0)
        # Schedules and queues write to the tables, so they stop before the streams.
        first = [*self.schedules, *self.queues]
        with ThreadPoolExecutor(max(1, len(first) + len(self.streams))) as stoppers:
            list(stoppers.map(lambda one: one.stop(FINISH_SECONDS), first))
            seconds = drain_seconds if drain else 0.0
            list(stoppers.map(lambda one: one.stop(seconds), self.streams))
            list(stoppers.map(lambda one: one.finish(FINISH_SECONDS), self.streams))
        clean = drain and all(stream.clean for stream in self.streams)
        self.checkpoints.mark(dirty=bool(self.streams) and not clean)
        log_event("pump_stopped", domain=self.domain, clean=clean)
        return clean

    def __enter__(self) -> Pump:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def fire(self, handler: str) -> Any:
        """Run a scheduled handler now and return its result."""
        for schedule in self.schedules:
            if schedule.source.name == handler:
                return schedule.fire()
        raise LookupError(f"{self.domain} has no scheduled handler {handler!r}")

    def depths(self) -> dict[str, dict[str, int]]:
        """Messages in each of the domain's queues."""
        return {queue.queue: queue.depths() for queue in self.queues}

    def lag_seconds(self) -> float | None:
        """Seconds since the slowest stream was read to its end; None if never."""
        lags = [stream.lag_seconds() for stream in self.streams]
        known = [lag for lag in lags if lag is not None]
        return None if len(known) < len(lags) else max(known, default=0.0)

    def busy_with(self, ignore: Collection[str] = (), *, timeout: float = 1.0) -> Iterator[str]:
        """Names of the queues and stream handlers that keep the pump busy.

        Each is looked at when it is asked for: who only wants to know whether
        there is any takes the first.
        """
        asked = time.monotonic()
        if not self._sole_writer:
            for stream in self.streams:
                stream.wake.set()
        if self.activity.running:
            yield "a handler"
        queues = [queue for queue in self.queues if queue.queue not in ignore]
        known = self._ask_depths() if self._ask_depths and queues else {}
        for queue in queues:
            depth = known.get(queue.queue)
            if any(queue.depths().values()) if depth is None else depth:
                yield queue.queue
        for stream in self.streams:
            # Only a look that began after the question can answer it.
            while not (stream.all_read() if self._sole_writer else stream.empty_since(asked)):
                if time.monotonic() > asked + timeout:
                    yield stream.source.name
                    break
                time.sleep(0.005)

    def idle(self, ignore: Collection[str] = ()) -> bool:
        """Return True if all queues and streams are empty and no handler runs."""
        return next(self.busy_with(ignore), None) is None

    def settle(self, timeout: float = 30.0, ignore: Collection[str] = ()) -> None:
        """Wait until this pump is idle; see `settle` for several."""
        settle([self], timeout, ignore)


def settle(pumps: Sequence[Pump], timeout: float = 30.0, ignore: Collection[str] = ()) -> None:
    """Wait until no event is under way between the pumps.

    All must be idle in one round during which no handler ran anywhere:
    otherwise an event may just have crossed from one domain to another that had
    already been looked at. Queues in ``ignore`` may keep their messages.

    Raises:
        TimeoutError: naming what is still busy.
    """
    deadline = time.monotonic() + timeout
    while True:
        before = [pump.activity.finished for pump in pumps]
        # Asking costs calls: the first that is busy answers for all.
        all_busy = (f"{pump.domain}: {one}" for pump in pumps for one in pump.busy_with(ignore))
        busy = next(all_busy, None)
        if not busy and before == [pump.activity.finished for pump in pumps]:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"events still under way: {busy or 'handlers run on'}")
        time.sleep(0.02)
