"""The simulators as a process of the local platform.

python -m scripts.providers.serve --state DIR --apns-port N --port N
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from pathlib import Path

from scripts.base.process import terminate_self, watch_parent
from scripts.providers.events import publisher
from scripts.providers.simulators import Simulators


async def _run(simulators: Simulators) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await simulators.serve(stop)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--apns-port", type=int, required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    watch_parent(terminate_self)
    publish = publisher(os.environ["STAGE"])
    ports = (options.apns_port, options.port)
    upstream = os.environ["AWS_ENDPOINT_URL"]
    asyncio.run(_run(Simulators(options.state / "providers", upstream, publish, ports)))


if __name__ == "__main__":
    main()
