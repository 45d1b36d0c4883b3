"""Keeper of the emulator's state: recovery, journal and snapshots.

docs/decisions/0039-a-journal-of-effects.md says why it is as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.emulator.durable import hooks, objects, snapshots
from scripts.emulator.durable.journal import Journal, JournalError
from scripts.emulator.durable.recovery import Recovery
from scripts.emulator.durable.states import States

CHECKPOINT_BYTES = 16 << 20
SYNC_SECONDS, RETRY_SECONDS, LOOK_SECONDS = 1.0, 60.0, 0.05
LOW_BYTES = 200 << 20

log = logging.getLogger("embedded_aws")


class Keeper:
    """Keeper of one state directory.

    Args:
        sync: each answer waits for the disk, and not only for the system.

    Attributes:
        refusing: why no writes are taken, empty while they are.
        unsaved: why the last snapshot failed, empty when it did not.
        longest_slice: CPU seconds for which a snapshot held up requests at most.
    """

    def __init__(
        self, state: Path, checkpoint_bytes: int, retry_seconds: float, *, sync: bool = False
    ) -> None:
        self.state, self.checkpoint_bytes = state, checkpoint_bytes
        self.retry_seconds, self._sync = retry_seconds, sync
        self.snapshots = state / "snapshots"
        self.snapshots.mkdir(mode=0o700, exist_ok=True)
        self.journal = Journal(state / "journal")
        self.refusing = self.unsaved = ""
        self.states: States
        self.longest_slice = 0.0
        self._pending = False
        self._retry_at = 0.0
        self._recovery = Recovery(state, self.journal)

    def prepare(self) -> None:
        """See `Recovery.prepare`."""
        self._recovery.prepare()

    def recover(self, emulator: Any) -> None:
        """Fill the imported emulator's stores, and note from here on.

        Raises:
            OSError: the journal cannot be opened.
        """
        self.states = States(emulator)
        clock = hooks.install(self.journal.note)
        objects.install(self.journal.note, self._flush_object, self._object_failed, sync=self._sync)
        self._recovery.fill(emulator, clock)
        emulator._load_persisted_state = lambda: None
        emulator.save_all = lambda _: self.save_now()
        self.journal.cut()
        self.states.changed()
        # Collecting the oldest generation looks at every item: half a second at 100,000.
        gc.collect()
        gc.freeze()
        gc.set_threshold(700, 10, 1_000_000)
        old, damaged = self._recovery.old, self._recovery.damaged
        # Two snapshots, so that none of the old files is needed any more.
        if (self._recovery.has_old or damaged) and self.save_now() and self.save_now():
            shutil.rmtree(old, ignore_errors=True)

    # Noting.

    def _flush_object(self) -> None:
        # Else the object's body may be replaced, and its description lost.
        with contextlib.suppress(JournalError):
            self.journal.flush()

    def _object_failed(self, error: OSError) -> None:
        self._refuse((error.strerror or str(error)).lower())

    def _refuse(self, reason: str) -> None:
        if not self.refusing:
            log.error("nothing can be saved (%s): writes are refused from here on", reason)
            self._retry_at = time.monotonic() + self.retry_seconds
        self.refusing = self.refusing or reason

    def note_structure(self, service: str) -> None:
        """Note what a request to a service may have changed beside rows.

        A stack in the making is noted when it is done: one that was broken off
        must not leave half of itself behind.
        """
        if service != "cloudformation" and not self._in_the_making():
            self._note_states(self.states.of_service(service))
        else:
            self._pending = True
            self.note_pending()

    def note_pending(self) -> None:
        """Note what stacks made, once none is in the making."""
        if self._pending and not self._in_the_making():
            self._pending = False
            self._note_states(None)

    def _note_states(self, names: set[str] | None) -> None:
        for name, content in self.states.changed(names):
            self.journal.note_encoded(b'["S","%s",%s]' % (name.encode(), content))

    @staticmethod
    def _in_the_making() -> bool:
        module = sys.modules.get("ministack.services.cloudformation")
        stacks = module._stacks.all_values() if module else ()
        statuses = (str(one.get("StackStatus")) for one in stacks)
        return any(one.endswith("_IN_PROGRESS") and one != "REVIEW_IN_PROGRESS" for one in statuses)

    def flush(self) -> bool:
        """Hand the notes to the system; False when that failed, now or before.

        With ``sync`` they are on the disk then.
        """
        if not self.refusing:
            try:
                self.journal.flush()
                if self._sync:
                    self.journal.sync()
                    # Raises what the disk refused.
                    self.journal.flush()
            except JournalError as error:
                self._refuse(str(error))
        return not self.refusing

    # Snapshots.

    def _steps(self) -> Iterator[snapshots.Step]:
        number = self.journal.cut()
        yield from snapshots.make(self.snapshots, number, self.states)
        yield self._forget_old

    def _forget_old(self) -> None:
        kept = snapshots.numbers(self.snapshots)[-2:]
        for number in snapshots.numbers(self.snapshots)[:-2]:
            shutil.rmtree(self.snapshots / f"{number:08d}")
        for number in self.journal.numbers():
            # The first snapshot may turn out damaged: then all is replayed.
            if len(kept) == 2 and number < kept[0]:
                path = self.journal.path(number)
                if path in self._recovery.damaged:
                    path.rename(path.with_name(f"damaged-{path.name}"))
                else:
                    path.unlink()

    def _made(self, started: float) -> None:
        self.refusing = self.unsaved = ""
        log.info("a snapshot took %.2f s", time.monotonic() - started)

    def _not_made(self, error: Exception) -> None:
        self.unsaved = str(getattr(error, "strerror", None) or error).lower()
        self._retry_at = time.monotonic() + self.retry_seconds
        snapshots.forget_unfinished(self.snapshots)
        log.error("a snapshot could not be made: %s", self.unsaved)

    def save_now(self) -> bool:
        """Make a snapshot at once; False when that failed."""
        started = time.monotonic()
        try:
            for step in self._steps():
                step()
        except (OSError, JournalError) as error:
            self._not_made(error)
            return False
        self.journal.pending_bytes = 0
        self._made(started)
        return True

    async def save(self) -> None:
        """Make a snapshot beside the requests."""
        started, began = time.monotonic(), time.thread_time()
        try:
            self.journal.pending_bytes = 0
            for step in self._steps():
                self.longest_slice = max(self.longest_slice, time.thread_time() - began)
                await asyncio.to_thread(step)
                began = time.thread_time()
        except (OSError, JournalError) as error:
            self._not_made(error)
            return
        self._made(started)

    async def upkeep(self) -> None:
        """Note, synchronise and save for as long as the emulator runs."""
        synced = time.monotonic()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = time.monotonic()
            self.note_pending()
            self.flush()
            if now - synced > SYNC_SECONDS:
                synced = now
                await asyncio.to_thread(self.journal.sync)
            failed = bool(self.refusing or self.unsaved)
            due = now > self._retry_at if failed else False
            if due or (not failed and self.journal.pending_bytes > self.checkpoint_bytes):
                await self.save()

    def end(self) -> bool:
        """Close the journal; False when something answered may be lost."""
        kept = self.flush()
        self.journal.sync()
        self.journal.close()
        return kept

    def status(self) -> dict[str, Any]:
        """Return the status for ``healthz``: ok, unsaved or refusing."""
        free = shutil.disk_usage(self.state).free
        if self.refusing:
            return {"status": "refusing", "reason": self.refusing, "free_bytes": free}
        if self.unsaved:
            return {"status": "unsaved", "reason": self.unsaved, "free_bytes": free}
        return {
            "status": "ok",
            "low": free < LOW_BYTES,
            "free_bytes": free,
            "longest_slice_ms": round(self.longest_slice * 1000, 1),
        }
