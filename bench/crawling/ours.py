"""Our crawler on an embedded AWS of its own: one process and its pump.

``python -m bench.crawling.ours REQUEST`` starts the crawl that the JSON body REQUEST describes,
and prints one JSON line. The emulator is a child process: its CPU and memory are not in the
figures. In them are the handlers, the SDK and the pump's polling; not in them is the metering.
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.environment import prepare

PATIENCE_SECONDS = 1500


def crawl(request: dict[str, Any]) -> dict[str, Any]:
    """Crawl and report what it took.

    Returns:
        ``memory_mb`` is the peak of the process, with all four domains; ``sqs``: requests.
    """
    from bench.meter import Meter
    from tests.platform import Platform

    with tempfile.TemporaryDirectory() as state, Platform.start(Path(state)) as platform:
        owner = platform.register()
        platform.settle(60)
        for pump in platform.pumps:
            if pump.domain != "crawler":
                pump.stop(drain=False)
        with Meter() as meter:
            messages = _messages()
            cpu, clock = time.process_time(), time.perf_counter()
            body = {"allow_private": True, **request}
            run_id = owner.ok("POST", "/1/crawls", body)["data"]["id"]
            run = _ended(owner, run_id)
            seconds = time.perf_counter() - clock
            cpu = time.process_time() - cpu - meter.overhead
            _, calls = meter.take()
    return {
        "cpu_s": cpu,
        "sdk_cpu_s": meter.sdk_cpu,
        "seconds": seconds,
        "memory_mb": peak_mb(),
        "status": run["status"],
        "reason": run["reason"],
        "stats": run["stats"],
        "calls": len(calls),
        "wru": sum(call.wru for call in calls),
        "rru": sum(call.rru for call in calls),
        "sqs": sum(call.service == "sqs" for call in calls) + 2 * sum(messages),
        "by_call": _by_call(calls),
    }


def _messages() -> list[int]:
    """Numbers of messages that are sent from now on.

    Receiving and deleting a message are two requests more, if no batch shares them.
    """
    from shared.aws import sdk

    sizes: list[int] = []

    def count(params: dict[str, Any], **_: Any) -> None:
        sizes.append(len(params["Entries"]))

    sdk.session().register("provide-client-params.sqs.SendMessageBatch", count)
    return sizes


def peak_mb() -> float:
    """Return the peak of this process's memory so far.

    From Linux's ``VmHWM`` (proc(5)), since ``ru_maxrss`` survives an exec: it is never below the
    size of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return round(int(line.split()[1]) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024, 1)


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
    print(json.dumps(crawl(json.loads(sys.argv[1]))))
