"""Small helpers around processes and ports; standard library only.

The embedded AWS runs in a virtual environment of its own, so this module must
not import anything that only the development environment has.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
PARENT_VARIABLE = "ROOKERY_PARENT_PID"
# Exit code of an embedded AWS that could not save everything.
NOT_SAVED = 3
# Below those that systems give to outgoing connections (Linux from 32768, others from 49152):
# one of them could take a free port before its server does.
PORTS = range(20_000, 32_000)


def state_directory() -> Path:
    """The directory that holds everything a local stack remembers."""
    state = Path(os.environ.get("ROOKERY_STATE") or ".local")
    return state if state.is_absolute() else ROOT / state


def port_is_free(port: int) -> bool:
    """Return True if a server could listen on the loopback port right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Distinct free loopback ports, for servers that start in a moment.

    Raises:
        OSError: there are not so many.
    """
    free = (port for port in random.SystemRandom().sample(PORTS, len(PORTS)) if port_is_free(port))
    found = list(itertools.islice(free, count))
    if len(found) < count:
        raise OSError(f"no {count} free ports between {PORTS[0]} and {PORTS[-1]}")
    return found


def spawn(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: IO[bytes] | None = None,
    cwd: Path = ROOT,
) -> subprocess.Popen[bytes]:
    """Start a child in a process group of its own.

    The own group keeps a Ctrl-C in the terminal away from the child, so that
    the supervisor can stop its children in order. The child learns our pid and
    watches it (`watch_parent`), so that it never survives us.
    """
    return subprocess.Popen(
        list(command),
        cwd=cwd,
        env={**env, PARENT_VARIABLE: str(os.getpid())},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT if log else None,
        start_new_session=True,
    )


def watch_parent(on_death: Callable[[], None], interval: float = 0.5) -> None:
    """Call ``on_death`` once when the process that spawned us is gone.

    Polling works on every platform and also sees a parent that died before we
    began to watch. Does nothing for a process that a human started.
    """
    parent = int(os.environ.get(PARENT_VARIABLE) or 0)
    if not parent:
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(interval)
        on_death()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def terminate_self() -> None:
    """Ask this very process to stop in an orderly way."""
    os.kill(os.getpid(), signal.SIGTERM)


def stop(processes: Iterable[subprocess.Popen[bytes]], timeout: float) -> list[int]:
    """Terminate processes and kill those that stay; return their pids."""
    living = [one for one in processes if one.poll() is None]
    for one in living:
        one.terminate()
    deadline = time.monotonic() + timeout
    killed = []
    for one in living:
        try:
            one.wait(max(0.05, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()
            killed.append(one.pid)
    return killed


def wait_until(
    condition: Callable[[], bool],
    timeout: float,
    *,
    interval: float = 0.05,
    process: subprocess.Popen[bytes] | None = None,
) -> bool:
    """Poll until the condition holds; return False on timeout or exit."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline or (process is not None and process.poll() is not None):
            return False
        time.sleep(interval)
    return True


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log file, for a message about what went wrong."""
    if not path.is_file():
        return ""
    with path.open("rb") as log:
        log.seek(0, os.SEEK_END)
        log.seek(max(0, log.tell() - 16_384))
        text = log.read().decode("utf-8", "replace")
    return "\n".join(text.splitlines()[-lines:])
