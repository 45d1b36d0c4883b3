"""Measurements in processes of their own."""

import json
import os
import subprocess
import sys
from typing import Any

from scripts.base.process import ROOT

SECONDS = 1800


def last_line(module: str, *arguments: str, **environment: str) -> dict[str, Any]:
    """Run a module in a process of its own; return the JSON of its last line.

    Args:
        environment: variables beside those of this process.

    Raises:
        RuntimeError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
