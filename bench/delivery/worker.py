"""The notifications domain's handlers as a process that may be killed.

``python -m bench.delivery.worker THREADS LEASE_MS`` prints ``ready`` and works until SIGTERM.
"""

import signal
import sys
import threading

from scripts.base.domain import load_app
from scripts.base.process import state_directory, terminate_self, watch_parent
from scripts.pump.pump import Pump
from shared.base.config import settings
from shared.base.process import process


def main(threads: int, lease_ms: int) -> None:
    """Handle streams and queues.

    Args:
        threads: of the queue of Android.
    """
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    watch_parent(terminate_self)
    module = load_app("notifications")
    from chalicelib.notifications.history.ledger import LedgerLimits

    concurrency = {settings().name("notifications", "android"): threads}
    with process.limited(LedgerLimits(lease_ms=lease_ms)):
        pump = Pump(
            *(module.app, module, "notifications", state_directory()),
            concurrency=concurrency,
            schedules=False,
        ).start()
        print("ready", flush=True)
        ended.wait()
        pump.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
