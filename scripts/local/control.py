"""Stops a running local platform, and deletes what it remembers."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from scripts.base.process import wait_until
from scripts.emulator.runlock import all_was_saved, running_pid

STOP_SECONDS = 30.0
# Only what we made ourselves: the directory's name comes from the environment.
OURS = (
    *("aws", "logs", "checkpoints", "failed", "tls", "contacts.db", "contacts.db-wal"),
    *("contacts.db-shm", "contacts.db-journal", "env", "seeded", "demo.json", "openapi.json"),
    *("openapi.url", "run.pid", "rehearsal", "restarts.json", "contacts-copy.db", "contacts-lost"),
)


def stop_running(state: Path) -> int:
    """Ask the platform that uses the state directory to stop, and wait for it."""
    pid = running_pid(state)
    if pid is None:
        print("nothing is running")
        return 0
    os.kill(pid, signal.SIGTERM)
    if not wait_until(lambda: running_pid(state) is None, STOP_SECONDS, interval=0.1):
        print(f"error: process {pid} did not stop within {STOP_SECONDS:.0f} s", file=sys.stderr)
        return 1
    if not all_was_saved(state):
        print("stopped, but not everything could be saved", file=sys.stderr)
        return 1
    print("stopped")
    return 0


def reset_state(state: Path, *, sure: bool) -> int:
    """Delete the local data, after a question unless ``sure``."""
    if running_pid(state) is not None:
        print("error: the platform is running; stop it first: make stop", file=sys.stderr)
        return 1
    found = [state / name for name in OURS if (state / name).exists()]
    if not found:
        print(f"there is no local data in {state}")
        return 0
    if not sure:
        try:
            answer = input(f"Delete all local data in {state}? [y/N] ")
        except EOFError:
            answer = ""
        if answer.strip().lower() not in {"y", "yes"}:
            print("nothing was deleted")
            return 1
    for path in found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    left = sorted(path.name for path in state.iterdir())
    if left:
        print(f"deleted; not ours and left alone: {', '.join(left)}")
    else:
        state.rmdir()
        print("deleted")
    return 0
