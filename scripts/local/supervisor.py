"""Starts, watches and stops a set of processes that belong together."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.base.process import spawn, stop, tail


class LocalError(RuntimeError):
    """The platform cannot run; the message is for the person at the terminal."""


class Interrupted(Exception):
    """Somebody asked us to stop while we were still starting."""


@dataclass
class Child:
    """A process that we started, and where it writes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


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

    def spawn(self, name: str, *arguments: str) -> None:
        """Start a Python module as a child and watch over it."""
        path = self.log_file(name)
        self.adopt(name, self.run_aside(path, *arguments), path)

    def run_aside(self, log_file: Path, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a Python module that is expected to end by itself."""
        with log_file.open("wb") as log:
            return spawn([sys.executable, "-m", *arguments], env=self.environment, log=log)

    def check(self) -> None:
        """Look after the children.

        Raises:
            Interrupted: somebody set ``ended``.
            LocalError: a child has ended by itself.
        """
        if self.ended.is_set():
            raise Interrupted
        for child in self.children:
            code = child.process.poll()
            if code is not None:
                raise LocalError(
                    f"{child.name} ended unexpectedly (exit code {code}); "
                    f"the end of {child.log}:\n{tail(child.log)}"
                )

    def watch(self) -> None:
        """Return when asked to stop; raises when a child ends."""
        while True:
            try:
                self.check()
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
        print("stopped" + (f" (had to kill {len(killed)})" if killed else ""), flush=True)
