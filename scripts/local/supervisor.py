"""Starts, watches and stops a set of processes that belong together."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from scripts.base import restarts
from scripts.base.process import NOT_SAVED, spawn, stop, tail


class LocalError(RuntimeError):
    """The platform cannot run; the message is for the person at the terminal."""


class Interrupted(Exception):
    """Somebody asked us to stop while we were still starting."""


# A process that dies is started again after 1, 2, 4 … seconds, and after one quiet minute at once.
FIRST_PAUSE, LONGEST_PAUSE, QUIET_SECONDS = 1.0, 30.0, 60.0


@dataclass
class Child:
    """A process that we started, and where it writes.

    Attributes:
        arguments: of the Python module to start again; empty if the platform ends with it.
        pause: seconds to wait before the next start.
        due: when it is started again (monotonic); 0 while it runs.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    arguments: tuple[str, ...] = ()
    began: float = field(default_factory=time.monotonic)
    pause: float = FIRST_PAUSE
    due: float = 0.0
    restarts: int = 0


class Supervisor:
    """The processes of one local platform.

    ``ended`` is set by whoever wants everything to stop; long waits look at it.
    """

    def __init__(self, state: Path) -> None:
        self.state = state
        self.ended = threading.Event()
        self.began = time.monotonic()
        self.children: list[Child] = []
        self.environment: dict[str, str] = {}
        self.all_saved = True

    def say(self, text: str) -> None:
        """One line of progress, with the time since the start."""
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def log_file(self, name: str) -> Path:
        """A fresh log for a child; the one of the last run is kept beside it."""
        path = self.state / "logs" / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        return path

    def adopt(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        """Watch over a process that somebody else started for us."""
        self.children.append(Child(name, process, log))

    def spawn(self, name: str, *arguments: str, again: bool = False) -> None:
        """Start a Python module as a child and watch over it.

        Args:
            again: start it again when it ends by itself, instead of ending everything.
        """
        path = self.log_file(name)
        child = Child(name, self.run_aside(path, *arguments), path)
        child.arguments = arguments if again else ()
        self.children.append(child)

    def run_aside(self, log_file: Path, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a Python module that is expected to end by itself."""
        with log_file.open("wb") as log:
            return spawn([sys.executable, "-m", *arguments], env=self.environment, log=log)

    def check(self, restarts: int | None = 0) -> None:
        """Look after the children.

        Args:
            restarts: leave those alone that are started again, up to so many times; ``None``
                for any number.

        Raises:
            Interrupted: somebody set ``ended``.
            LocalError: a child has ended by itself.
        """
        if self.ended.is_set():
            raise Interrupted
        for child in self.children:
            code = child.process.poll()
            again = child.arguments and (restarts is None or 0 < child.restarts <= restarts)
            if code is not None and not again:
                raise LocalError(
                    f"{child.name} ended unexpectedly (exit code {code}); "
                    f"the end of {child.log}:\n{tail(child.log)}"
                )

    def tend(self, restarts: int | None = None) -> None:
        """Start dead children again, and look after the others: see `check`."""
        self.revive()
        self.check(restarts)

    def revive(self) -> None:
        """Restart processes that died, each after its pause."""
        now = time.monotonic()
        for child in self.children:
            code = child.process.poll()
            if not child.arguments or code is None:
                continue
            if not child.due:
                quiet = now - child.began > QUIET_SECONDS
                child.pause = FIRST_PAUSE if quiet else child.pause
                child.due, child.restarts = now + child.pause, child.restarts + 1
                self.say(
                    f"{child.name} ended unexpectedly (exit code {code}) and is started again "
                    f"in {child.pause:.0f} s; see {child.log}.1"
                )
                child.pause = min(child.pause * 2, LONGEST_PAUSE)
                counts = {one.name: one.restarts for one in self.children if one.restarts}
                restarts.write(self.state, counts)
            elif now >= child.due:
                child.process = self.run_aside(self.log_file(child.name), *child.arguments)
                child.began, child.due = now, 0.0

    def watch(self) -> None:
        """Return when asked to stop; raise if a child ends for good."""
        while True:
            try:
                self.tend()
            except Interrupted:
                return
            self.ended.wait(0.5)

    def stop(self) -> None:
        """Stop in order: no new requests, then the last events, then the data."""
        if not self.children:
            return
        print("\nstopping …", flush=True)
        by_name = {child.name: child.process for child in self.children}
        aws = by_name.pop("aws", None)
        gateway = by_name.pop("gateway", None)
        killed = stop([gateway] if gateway else [], 3)
        killed += stop(by_name.values(), 9)
        killed += stop([aws] if aws else [], 10)
        self.children.clear()
        restarts.forget(self.state)
        self.all_saved = aws is None or aws.returncode != NOT_SAVED
        print("stopped" + (f" (had to kill {len(killed)})" if killed else ""), flush=True)
        if not self.all_saved:
            print("not everything could be saved: what was refused is gone", flush=True)
