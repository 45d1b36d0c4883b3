"""One local stack per state directory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType


class RunningError(RuntimeError):
    """Another local stack uses the same state directory."""


class RunLock:
    """Context manager that holds ``<state>/run.pid`` for this process.

    The kernel drops the lock with the process, however it ends, so a stale
    file never blocks a start.
    """

    def __init__(self, state: Path) -> None:
        self.path = state / "run.pid"
        self._file: int | None = None

    def __enter__(self) -> RunLock:
        # Keys and demo passwords live there: nobody else may look in.
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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
            os.ftruncate(self._file, 0)
            os.close(self._file)


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
