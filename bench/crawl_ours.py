"""Our crawler on an embedded AWS of its own: one process and its pump.

``python -m bench.crawl_ours START_URL MAX_PAGES FRONTIER`` prints one JSON line. The
emulator is a child process: its CPU is not in the figures. In them are the
handlers, the SDK and the pump's polling; not in them is the metering.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.environment import prepare

PATIENCE_SECONDS = 240


def crawl(url: str, max_pages: int, frontier: str) -> dict[str, Any]:
    """Crawl and report what it took."""
    from bench.meter import Meter
    from tests.platform import Platform

    with tempfile.TemporaryDirectory() as state, Platform.start(Path(state)) as platform:
        owner = platform.register()
        platform.settle(60)
        for pump in platform.pumps:
            if pump.domain != "crawler":
                pump.stop(drain=False)
        with Meter() as meter:
            order = {"url": url, "max_pages": max_pages, "allow_private": True}
            order["frontier"] = frontier
            cpu, clock = time.process_time(), time.perf_counter()
            run_id = owner.ok("POST", "/1/crawls", order)["data"]["id"]
            run = _ended(owner, run_id)
            seconds = time.perf_counter() - clock
            cpu = time.process_time() - cpu - meter.overhead
            _, calls = meter.take()
    return {
        "cpu_s": cpu,
        "sdk_cpu_s": meter.sdk_cpu,
        "seconds": seconds,
        "status": run["status"],
        "stats": run["stats"],
        "calls": len(calls),
        "wru": sum(call.wru for call in calls),
        "rru": sum(call.rru for call in calls),
        "by_call": _by_call(calls),
    }


def _ended(owner: Any, run_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        run: dict[str, Any] = owner.ok("GET", f"/1/crawls/{run_id}")["data"]
        if run["status"] != "running":
            return run
        time.sleep(0.5)
    raise TimeoutError(f"the crawl goes on: {run['stats']}")


def _by_call(calls: list[Any]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for call in calls:
        row = found.setdefault(
            f"{call.handler} {call.operation} {call.target}", {"calls": 0, "wru": 0.0, "rru": 0.0}
        )
        row["calls"] += 1
        row["wru"] += call.wru
        row["rru"] += call.rru
    return found


if __name__ == "__main__":
    prepare()
    print(json.dumps(crawl(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
