"""Finds what the emulator starts from, and fills it with that."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import Any

from scripts.emulator.durable import hooks, objects, snapshots
from scripts.emulator.durable.journal import DamagedError, Journal, read_notes
from scripts.emulator.durable.replay import Replay, service_states
from scripts.emulator.durable.states import revive

log = logging.getLogger("embedded_aws")


class Recovery:
    """Recoverable content of a state directory.

    Attributes:
        old: where a version that knew no journal kept its state. The emulator also keeps a
            key there, so the directory alone says nothing: see ``has_old``.
        damaged: files of the journal that were read but for their damage.
    """

    def __init__(self, state: Path, journal: Journal) -> None:
        self.snapshots, self.objects = state / "snapshots", state / "s3"
        self.old = state / "state"
        self.has_old = any(self.old.glob("*.json"))
        self.damaged: list[Path] = []
        self._journal = journal
        self._from: Path | None = None
        self._base: dict[str, Any] = {}
        self._notes: list[list[Any]] = []

    def prepare(self) -> None:
        """Choose what to start from, and put S3's files right.

        Runs before the emulator is imported: it reads S3's files then.

        Raises:
            DamagedError: what is there cannot be used.
        """
        self._from = self._newest_whole()
        known = self._journal.numbers()
        first = int(self._from.name) if self._from else 1
        last = max(known, default=0)
        missing = [number for number in range(first, last + 1) if number not in known]
        was_damaged = any(self.snapshots.glob("damaged-*"))
        if self._from is None and (missing or (not known and was_damaged)):
            raise DamagedError(
                f"no snapshot in {self.snapshots} can be read, and the journal does not reach "
                "back to the beginning: put a backup in place, or begin anew with `make reset`"
            )
        if missing or last < first - (self._from is None):
            number = missing[0] if missing else first
            raise DamagedError(
                f"{self._journal.path(number)} is missing: put a backup in place, or begin "
                "anew with `make reset`"
            )
        for number in range(first, last + 1):
            self._read(self._journal.path(number))
        source = self._from or (self.old if self.has_old else None)
        if source is not None:
            self._base = snapshots.read_states(source)
        states = service_states(self._base, self._notes)
        objects.set_ownerless_aside(self.objects, objects.owned_buckets(states.get("s3")))
        objects.complete(self.objects, self._notes)

    def _newest_whole(self) -> Path | None:
        for number in reversed(snapshots.numbers(self.snapshots)):
            found = self.snapshots / f"{number:08d}"
            if snapshots.is_whole(found):
                return found
            aside = found.with_name(f"damaged-{found.name}-{time.time_ns()}")
            found.rename(aside)
            log.error("snapshot %s is damaged; set aside as %s", found, aside.name)
        return None

    def _read(self, path: Path) -> None:
        self._journal.pending_bytes += path.stat().st_size
        try:
            self._notes += read_notes(path)
        except DamagedError as error:
            if os.environ.get("ROOKERY_RECOVER") != "1":
                raise
            log.error("%s", error)
            self.damaged.append(path)
            self._notes += read_notes(path, skip_damage=True)

    def fill(self, emulator: Any, clock: hooks.StreamClock) -> None:
        """Fill the imported emulator's stores."""
        started = time.monotonic()
        for name, state in service_states(self._base, self._notes).items():
            if name in emulator._state_map and state:
                module = emulator._get_module(emulator._state_map[name])
                module.load_persisted_state(revive(state))
        replay = Replay(clock)
        replay.states(self._base)
        if self._from is not None:
            for row in snapshots.read_rows(self._from):
                replay.apply(row)
        for note in self._notes:
            replay.apply(note)
        replay.finish(self._journal.note)
        log.warning(
            "recovered: snapshot %s and %d notes, %d of them about what is gone, in %.2f s",
            *(self._from.name if self._from else "none", len(self._notes), replay.orphans),
            time.monotonic() - started,
        )
        self._notes, self._base = [], {}
