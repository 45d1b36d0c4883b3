"""A child process for extraction rules, which a hostile page may end.

One child serves a process. It starts with the first page that has rules (about 0.1 s), and
again after a page that took too much CPU time or memory.
"""

import json
import os
import select
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from chalicelib.crawler.extract import rules as extraction
from chalicelib.crawler.extract.rules import Rules

from shared.base.process import process

# Column that names those that could not be evaluated.
TIMED_OUT = "timed_out"
CPU_SECONDS = 1.0
# The machine may be busy: CPU time decides, and this only ends what neither works nor ends.
_PATIENCE_SECONDS = 20.0
_ENDING_SECONDS = 1.0
_MAX_CHARS = 8_000
# By name: a bundle may hold the module compiled, without its source.
_MODULE, _ROOT = "chalicelib.crawler.extract.rules_child", Path(__file__).parents[3]


class Sandbox:
    """A child process for extraction rules.

    Attributes:
        started: number of children so far.
        exit_code: of the last one that ended; minus a signal's number.
    """

    def __init__(self) -> None:
        self.started = 0
        self.exit_code: int | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._waiting = b""

    def extract(self, text: str, rules: Rules, seconds: float = CPU_SECONDS) -> dict[str, Any]:
        """Return the values of a page by column, for columns that have any.

        A value has at most 500 characters, a list 20 values, all columns 8,000 characters.
        Columns that were given up are named under ``timed_out``.

        Args:
            text: the decoded page.
            rules: rules that `extract.rules.check` accepted.
            seconds: CPU time for all of them.
        """
        paths = [[name, *extraction.compiled(rule)] for name, rule in rules.items()]
        job = json.dumps({"text": text, "rules": paths, "seconds": seconds}).encode()
        with self._lock:
            answered, complete = self._answers(job)
        found: dict[str, Any] = {}
        room = _MAX_CHARS
        for name, values in answered.items():
            room -= sum(map(len, values))
            if values and room >= 0:
                found[name] = values if rules[name].get("all") else values[0]
        missing = [name for name in rules if name not in answered]
        if missing and not complete:
            found[TIMED_OUT] = missing
        return found

    def close(self) -> None:
        """End the child."""
        child, self._child, self._waiting = self._child, None, b""
        if child is None:
            return
        assert child.stdin is not None
        with suppress(OSError):
            child.stdin.close()
        try:
            self.exit_code = child.wait(_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            self.exit_code = child.wait()

    def _answers(self, job: bytes) -> tuple[dict[str, list[str]], bool]:
        """Values by column, and true if the child came to the end of the job."""
        answered: dict[str, list[str]] = {}
        try:
            child = self._running()
            assert child.stdin is not None
            child.stdin.write(len(job).to_bytes(4) + job)
            child.stdin.flush()
            deadline = time.monotonic() + _PATIENCE_SECONDS
            while line := self._line(child, deadline):
                answer = json.loads(line)
                if not answer:
                    return answered, True
                answered[answer[0]] = answer[1]
        except OSError:
            # The child has ended.
            pass
        self.close()
        return answered, False

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._child is None or self._child.poll() is not None:
            self.close()
            # Nothing of ours but the search path: the child needs lxml, and no credentials.
            self._child = subprocess.Popen(  # noqa: S603 (our own module)
                [sys.executable, "-S", "-P", "-m", _MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)])},
            )
            self.started += 1
        return self._child

    def _line(self, child: "subprocess.Popen[bytes]", deadline: float) -> bytes:
        """Next line of the child; empty when it has ended or is too late."""
        assert child.stdout is not None
        while b"\n" not in self._waiting:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([child.stdout], [], [], left)[0]:
                return b""
            data = os.read(child.stdout.fileno(), 65_536)
            if not data:
                return b""
            self._waiting += data
        line, _, self._waiting = self._waiting.partition(b"\n")
        return line


@process.lasting
def sandbox() -> Sandbox:
    """Return the sandbox of the process."""
    return Sandbox()
