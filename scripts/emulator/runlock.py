"""One local stack per state directory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

UNSAVED = b"unsaved"


class RunningError(RuntimeError):
    """Another local stack uses the same state directory."""


def keep_private(state: Path) -> None:
    """Restrict a state directory, new or existing, to its owner.

    Keys and demo passwords live there. What others could reach so far is taken from
    them as well, and what this process and its children write from here on.
    """
    os.umask(0o077)
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    state.chmod(0o700)
    for path in state.rglob("*"):
        if not path.is_symlink():
            mode = path.stat().st_mode
            if mode & 0o077:
                path.chmod(mode & 0o700)


class RunLock:
    """Context manager that holds ``<state>/run.pid`` for this process.

    The kernel drops the lock with the process, however it ends, so a stale
    file never blocks a start.

    Attributes:
        all_saved: set it to False for `all_was_saved`.
        was_clean: whether the last stack of this directory ended in order.
    """

    def __init__(self, state: Path) -> None:
        self.path = state / "run.pid"
        self.all_saved = True
        self.was_clean = True
        self._file: int | None = None

    def __enter__(self) -> RunLock:
        keep_private(self.path.parent)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            self._file = None
            raise RunningError(
                f"a local stack already runs here (pid {running_pid(self.path.parent)}); "
                "stop it with `make stop`, or set ROOKERY_STATE to use another directory"
            ) from None
        # Whoever ends in order leaves nothing in it.
        self.was_clean = not os.pread(self._file, 100, 0)
        os.ftruncate(self._file, 0)
        os.write(self._file, str(os.getpid()).encode())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            # Over what is there: a full disk has room for that.
            text = b"" if self.all_saved else UNSAVED
            os.pwrite(self._file, text, 0)
            os.ftruncate(self._file, len(text))
            os.close(self._file)


def all_was_saved(state: Path) -> bool:
    """Return False if the last stack ended without saving everything."""
    path = state / "run.pid"
    return not path.is_file() or path.read_bytes() != UNSAVED


def running_pid(state: Path) -> int | None:
    """Pid of the stack that holds the state directory, None when nobody does."""
    path = state / "run.pid"
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        text = path.read_text().strip()
        return int(text) if text.isdigit() else None
    finally:
        os.close(file)
    return None
