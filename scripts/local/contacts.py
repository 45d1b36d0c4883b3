"""Keeps the store of contacts (SQLite) whole, and a copy of it.

Addresses and names of users can be published again from their accounts. The rest has no
other truth: devices, phone numbers, consents, suppressed addresses, outside contacts and
segments. So a copy is kept, which takes the place of a damaged store.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path

STORE, COPY, LOST = "contacts.db", "contacts-copy.db", "contacts-lost"
COPY_SECONDS = 300.0
_SIDES = ("-wal", "-shm", "-journal")
# Of each database, those that may be lost with it.
_REST = "devices, phone numbers, consents, suppressed addresses, outside contacts and segments"


class ContactsStore:
    """Store of contacts in a state directory, while no or one platform runs."""

    def __init__(self, state: Path) -> None:
        self.state, self.path, self.copy = state, state / STORE, state / COPY
        self._lost = state / LOST
        self._seen: tuple[tuple[int, int], ...] = ()
        self._due = time.monotonic() + COPY_SECONDS

    @property
    def is_lost(self) -> bool:
        """True until the accounts are published to a restored store."""
        return self._lost.exists()

    def was_published(self) -> None:
        """Note that the accounts have been published to the store."""
        self._lost.unlink(missing_ok=True)

    def restore(self) -> str | None:
        """Put the copy into the place of a damaged or missing store.

        Returns:
            What happened and what may be lost, for the person at the terminal; None if all
            is well.
        """
        missing = not self.path.exists()
        if (missing and not self.copy.exists()) or (not missing and is_whole(self.path)):
            return None
        # First: a start that is killed from here on shall publish all the same.
        self._lost.touch(mode=0o600)
        said = f"{STORE} is missing"
        if not missing:
            said = f"{STORE} is damaged: set aside as {_set_aside(self.path)}"
        if self.copy.exists() and not is_whole(self.copy):
            said += f"; so is its copy: {_set_aside(self.copy)}"
        if not self.copy.exists():
            return f"{said}; addresses and names come from the accounts, but {_REST} are lost"
        made = datetime.fromtimestamp(self.copy.stat().st_mtime, UTC)
        draft = self.path.with_suffix(".tmp")
        shutil.copyfile(self.copy, draft)
        draft.replace(self.path)
        return (
            f"{said}; the copy of {made:%Y-%m-%d %H:%M:%S} UTC takes its place, and addresses come "
            f"from the accounts; later changes of {_REST} are lost"
        )

    def tend(self) -> None:
        """Make a copy every few minutes, if the store has changed."""
        if time.monotonic() >= self._due:
            self.keep_copy()
            self._due = time.monotonic() + COPY_SECONDS

    def keep_copy(self) -> None:
        """Replace the copy, unless nothing has changed or the store is not whole."""
        now = tuple(_mark(Path(f"{self.path}{side}")) for side in ("", "-wal"))
        if now == self._seen or not self.path.exists():
            return
        draft = self.copy.with_suffix(".tmp")
        draft.unlink(missing_ok=True)
        try:
            with (
                contextlib.closing(sqlite3.connect(self.path, timeout=10)) as source,
                contextlib.closing(sqlite3.connect(draft)) as target,
            ):
                source.backup(target)
        except sqlite3.DatabaseError:
            draft.unlink(missing_ok=True)
            return
        if not is_whole(draft):
            draft.unlink()
            return
        with draft.open("rb") as file:
            os.fsync(file)
        draft.replace(self.copy)
        self._seen = now


def is_whole(path: Path) -> bool:
    """Return True if SQLite finds the file in order, or there is none."""
    if not path.exists():
        return True
    try:
        with contextlib.closing(sqlite3.connect(path)) as database:
            return [row[0] for row in database.execute("PRAGMA quick_check(1)")] == ["ok"]
    except sqlite3.DatabaseError:
        return False


def _set_aside(path: Path) -> str:
    """Rename a database and the files beside it; return its new name."""
    mark = f"damaged-{time.time_ns()}-"
    for found in (path, *(Path(f"{path}{side}") for side in _SIDES)):
        if found.exists():
            found.rename(found.with_name(f"{mark}{found.name}"))
    return f"{mark}{path.name}"


def _mark(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
