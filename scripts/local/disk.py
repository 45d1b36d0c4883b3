"""Room on the disk for the local platform."""

from __future__ import annotations

import shutil
from pathlib import Path

from scripts.local.supervisor import LocalError

LEAST_BYTES, LOW_BYTES = 50 << 20, 200 << 20


def look_at_disk(state: Path) -> str | None:
    """Return a warning if little room is left for the state directory.

    Raises:
        LocalError: there is too little to start.
    """
    free = shutil.disk_usage(state).free
    if free < LEAST_BYTES:
        raise LocalError(
            f"only {free >> 20} MB are free for {state}; {LEAST_BYTES >> 20} MB are needed"
        )
    return f"only {free >> 20} MB are free for {state}" if free < LOW_BYTES else None
