"""The embedded AWS: an emulator under a small server of our own.

Runs in the stack's own virtual environment. Differences from starting the
emulator's command: it listens on loopback only, whatever the environment
says; it notes what changes before it answers, instead of saving at exit
alone; it never touches a container engine; and it ends with its parent.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import logging
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from scripts.base.process import LOOPBACK, NOT_SAVED, PARENT_VARIABLE
from scripts.emulator.durable.journal import DamagedError
from scripts.emulator.durable.keeper import CHECKPOINT_BYTES, RETRY_SECONDS, Keeper
from scripts.emulator.durable.requests import DurableApp
from scripts.emulator.functions import like_aws
from scripts.emulator.queues import (
    QueueApp,
    seconds_to_due,
    tells_of_objects_at_once,
    waits_for_messages,
)
from scripts.emulator.tables import adopts_tables_and_keys

SERVICES = (
    "dynamodb,dynamodbstreams,sqs,sns,s3,kms,secretsmanager,ses,cloudformation,lambda,"
    "apigateway,iam,events,scheduler,logs,firehose,cloudwatch,sts,ssm"
)
# Domains drain their streams when their parent dies; they need us for that.
ORPHAN_GRACE_SECONDS = 4.0
log = logging.getLogger("embedded_aws")


def prepare_environment(state: Path, port: int, *, keep: bool) -> None:
    """Set what the emulator reads while it is imported."""
    # Unpacked Lambda functions go here, not where nobody clears up.
    scratch = state / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    os.environ.update(
        TMPDIR=str(scratch),
        GATEWAY_PORT=str(port),
        BIND_HOST=LOOPBACK,
        PERSIST_STATE="1" if keep else "0",
        STATE_DIR=str(state / "state"),
        S3_PERSIST="1",
        S3_DATA_DIR=str(state / "s3"),
        SERVICES=SERVICES,
        LOG_LEVEL=os.environ.get("LOG_LEVEL", "WARNING"),
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
        # Whether functions get no further than their roles' policies (the deploy test).
        AUTH="true" if os.environ.get("ROOKERY_ENFORCE_IAM") == "1" else "false",
        # A socket that does not exist: it would otherwise clean up containers.
        DOCKER_HOST=f"unix://{state}/no-container-engine.sock",
    )


def lock_state(state: Path, timeout: float = 15.0) -> int:
    """Take the state directory for this process alone; returns the open lock.

    An earlier emulator may still be saving into it after its parent was killed.
    """
    state.mkdir(parents=True, exist_ok=True)
    lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() > deadline:
                sys.exit(f"another embedded AWS uses {state}; stop it first (make stop)")
            time.sleep(0.1)


async def end_with_parent(stop: asyncio.Event) -> None:
    """Set ``stop`` some seconds after the process that started us is gone."""
    parent = int(os.environ.get(PARENT_VARIABLE) or 0)
    while not parent or os.getppid() == parent:
        await asyncio.sleep(0.5)
    await asyncio.sleep(ORPHAN_GRACE_SECONDS)
    stop.set()


async def run(port: int, state: Path, keeper: Keeper | None) -> bool:
    """Serve until a signal or the parent's end; False if data may be lost."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app as emulator
    from ministack.core.router import detect_service

    like_aws(emulator, state)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    config = Config()
    config.bind = [f"{LOOPBACK}:{port}"]
    config.keep_alive_timeout = 75
    config.keep_alive_max_requests = 1_000_000_000
    # Long polls may hang on for seconds; nobody waits for them any more.
    config.graceful_timeout = 0.3
    config.loglevel = "WARNING"
    app, tasks = emulator.app, [asyncio.create_task(end_with_parent(stop))]
    if keeper is not None:
        keeper.recover(emulator)
        app = DurableApp(app, keeper, detect_service)
        tasks.append(asyncio.create_task(keeper.upkeep()))
    # It loads the services, whose state the keeper must have taken hold of before.
    adopts_tables_and_keys(state / "scratch")
    queues = QueueApp(app, seconds_to_due)
    waits_for_messages(queues)
    tells_of_objects_at_once()
    try:
        await serve(queues, config, shutdown_trigger=stop.wait)
    finally:
        for task in tasks:
            task.cancel()
    return keeper is None or keeper.end()


def syncs_always(chosen: str) -> bool:
    """True if each answer shall wait for the disk (``ROOKERY_SYNC``).

    Raises:
        SystemExit: the value is unknown.
    """
    if chosen not in ("", "second", "always"):
        sys.exit(f"ROOKERY_SYNC is {chosen!r}: choose 'second' (the default) or 'always'")
    return chosen == "always"


def main() -> None:
    """Command line: ``--state DIR --port N [--forget]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--forget", action="store_true", help="save nothing")
    parser.add_argument("--checkpoint-bytes", type=int, default=CHECKPOINT_BYTES)
    parser.add_argument("--retry-seconds", type=float, default=RETRY_SECONDS)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    os.umask(0o077)
    state = options.state.resolve()
    lock = lock_state(state)
    keep = not options.forget
    prepare_environment(state, options.port, keep=keep)
    try:
        keeper = None
        if keep:
            sync = syncs_always(os.environ.get("ROOKERY_SYNC", ""))
            limits = options.checkpoint_bytes, options.retry_seconds
            keeper = Keeper(state, *limits, sync=sync)
            keeper.prepare()
        if not asyncio.run(run(options.port, state, keeper)):
            sys.exit(NOT_SAVED)
    except (DamagedError, OSError) as error:
        sys.exit(f"the saved state cannot be used: {error}")
    finally:
        shutil.rmtree(state / "scratch", ignore_errors=True)
        os.close(lock)


if __name__ == "__main__":
    main()
