"""One domain as a local process: its HTTP routes and its event handlers.

    python -m scripts.local.serve DOMAIN --port N [--no-http | --no-events]

`GET /_health` tells how it is. SIGTERM ends it in order: no more requests,
then the queues, then the streams to their last record.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError

from scripts.base.domain import domains, load_app
from scripts.base.process import state_directory, terminate_self, watch_parent
from scripts.checks import permissions
from scripts.emulator.stack import read_env_file
from scripts.gateway.app_server import Answer, AppServer
from scripts.pump.pump import Pump
from scripts.pump.support import describe_error, log_event


class Health:
    """Answer of ``/_health``; reads queue depths at most once per second."""

    def __init__(self, domain: str, *, events: bool) -> None:
        self.domain, self.events = domain, events
        self.pump: Pump | None = None
        self.pumping = False
        self._lock = threading.Lock()
        self._asked, self._depths = 0.0, dict[str, dict[str, int]]()

    def _queues(self) -> dict[str, dict[str, int]]:
        with self._lock:
            if self.pump is not None and time.monotonic() - self._asked > 1.0:
                self._depths, self._asked = self.pump.depths(), time.monotonic()
            return self._depths

    def answer(self) -> Answer:
        """200 when requests and events are served, 503 before that."""
        pump, lag = self.pump, 0.0
        ready = self.pumping or not self.events
        content: dict[str, object] = {"domain": self.domain}
        if pump is not None and self.pumping:
            try:
                content["queues"] = self._queues()
            except (BotoCoreError, ClientError) as error:
                ready, content["error"] = False, describe_error(error)
                log_event("health_failed", domain=self.domain, error=content["error"])
            found = pump.lag_seconds()
            ready = ready and found is not None
            lag = found or 0.0
        content["status"] = "ok" if ready else "starting"
        content["pump"] = {"running": self.pumping, "lag_ms": int(lag * 1000)}
        headers = [("content-type", "application/json"), ("cache-control", "no-store")]
        return 200 if ready else 503, headers, json.dumps(content).encode()


def _concurrency() -> dict[str, int]:
    """Handler threads by queue, from ``PUMP_CONCURRENCY=4,queue-a=8``."""
    found = {}
    for part in os.environ.get("PUMP_CONCURRENCY", "").split(","):
        queue, _, number = part.strip().rpartition("=")
        if number.isdigit():
            found[queue] = int(number)
    return found


def run(domain: str, port: int, *, http: bool = True, events: bool = True) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    watch_parent(terminate_self)
    permissions.watch()
    module = load_app(domain)
    health = Health(domain, events=events)
    server: AppServer | None = None
    if http:
        server = AppServer(module.app, port, {"/_health": health.answer}).start()
    if events:
        # The process itself tells the pump of its writes, unless it makes none.
        idle_seconds = 2.0 if http else 0.5
        health.pump = Pump(
            module.app,
            module,
            domain,
            state_directory(),
            concurrency=_concurrency(),
            idle_seconds=idle_seconds,
        )
        health.pump.start()
        health.pumping = True
    log_event("serving", domain=domain, port=port if http else None, events=events)
    stop.wait()
    log_event("stopping", domain=domain)
    if server is not None:
        server.stop()
    if health.pump is not None:
        health.pump.stop(drain=True)
    return 0


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domain", choices=domains())
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--no-http", action="store_true", help="event handlers only")
    parser.add_argument("--no-events", action="store_true", help="HTTP routes only")
    options = parser.parse_args()
    if "AWS_ENDPOINT_URL" not in os.environ:
        # Started by hand (make worker): use the stack that runs beside us.
        os.environ.update(read_env_file(state_directory()))
        if "AWS_ENDPOINT_URL" not in os.environ and "AWS_REGION" not in os.environ:
            print("nothing runs here: `make stack` first, or AWS_REGION, STAGE and credentials")
            return 1
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for chatty in ("botocore", "boto3", "urllib3", "pynamodb"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return run(options.domain, options.port, http=not options.no_http, events=not options.no_events)


if __name__ == "__main__":
    sys.exit(main())
