"""The bench's part ``delivery``, each measurement in its own process."""

import json
import subprocess
import sys
from typing import Any

from bench.delivery.costs import dollars
from scripts.base.process import ROOT

COUNT, QUICK = 200, 50
# What tells a member's CPU.
_KINDS = {"email": "mail", "push": "ios"}
_SECONDS = 1800


def measure(count: int = COUNT) -> dict[str, Any]:
    """Return units and dollars of `bench.delivery.costs`, and ``peers``.

    Args:
        count: mails and pushes of each peer.
    """
    found, peers = _run("bench.delivery.costs"), _run("bench.delivery.peers", str(count))
    for name, kind in _KINDS.items():
        by_service = dollars(found[name], peers[kind]["delivering_ms"])
        found[name] |= {"dollars": by_service.pop("all"), "dollars_by_service": by_service}
    return {**found, "peers": peers}


def _run(module: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result
