"""Workers in lockstep: every batch is as full as it may become.

The pump hands records to handlers as they come, so that batches, and with them the
units, depend on the machine's speed. Here all streams and queues are read to their end
first; then each handler gets what has gathered, in batches of its own size, one handler
after another; and so on until nothing is left. The result is the same in every run. It
is the cost with batches that wait for the whole burst, as within a batching window.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from scripts.pump.support import Handler, Source, failed_items
from tests.platform import Platform

# Rounds after which something goes in a circle.
_MOST_ROUNDS = 60


class Lockstep:
    """Handlers of a platform, run by `settle` instead of by the pumps."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Any]] = {}
        self._sources: dict[str, tuple[Source, int]] = {}

    @contextmanager
    def running(self) -> Iterator["Lockstep"]:
        """Take the handlers over from the pumps for a block.

        Raises:
            RuntimeError: at the end, if events of the block were never handled.
        """
        self._platform.settle(60)
        kept: list[tuple[Source, Handler]] = []
        for pump in self._platform.pumps:
            for kind, ones in (("stream", pump.streams), ("queue", pump.queues)):
                for one in ones:
                    name = f"{kind}-{pump.domain}-{one.source.name}"
                    self._sources[name] = (replace(one.source), one.batch_size)
                    kept.append((one.source, one.source.handler))
                    one.source.handler = self._gatherer(name)
        try:
            yield self
            self._platform.settle(60)
        finally:
            for source, handler in kept:
                source.handler = handler
        if left := [name for name, records in self._waiting.items() if records]:
            raise RuntimeError(f"never handled: {', '.join(left)}")

    def settle(self) -> None:
        """Run handlers until nothing is under way.

        Raises:
            RuntimeError: a handler failed, or events go in a circle.
        """
        for _ in range(_MOST_ROUNDS):
            self._platform.settle(60)
            gathered, self._waiting = self._waiting, {}
            if not gathered:
                return
            for name in sorted(gathered):
                self._run(name, gathered[name])
        raise RuntimeError(f"events do not end: {', '.join(gathered)}")

    def _gatherer(self, name: str) -> Handler:
        def gather(event: dict[str, Any], _: Any) -> None:
            with self._lock:
                self._waiting.setdefault(name, []).extend(event["Records"])

        return gather

    def _run(self, name: str, records: list[Any]) -> None:
        source, size = self._sources[name]
        failures: list[object] = []

        def work(batch: list[Any]) -> None:
            try:
                failures.extend(failed_items(source.invoke({"Records": batch})) or ())
            except Exception as error:
                failures.append(error)

        for start in range(0, len(records), size):
            # The meter knows a handler by the name of its thread.
            label = f"{name.partition('-')[0]}-{source.name}"
            thread = threading.Thread(
                target=work, args=(records[start : start + size],), name=label
            )
            thread.start()
            thread.join()
        if failures:
            raise RuntimeError(f"{name} failed: {failures[:3]}")
