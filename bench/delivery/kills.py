"""Workers killed by `kill -9` while they deliver: losses and duplicates.

    .venv/bin/python -m bench.delivery.kills [--messages 10000] [--kills 30]

A process has all handlers of the notifications domain, on the embedded AWS, and pushes to the
simulator of FCM. It is killed again and again, whenever so many more pushes have arrived, and
another takes its place. Leases and visibility are shorter than deployed, at the same ratio, so
that the messages of the dead return within seconds. Exit code 1 if a message was lost, or if
more came twice than may: kills × messages in flight by the promise, and kills × threads × pushes
of one call by the ledger, since no more of a thread's are between their sending and their mark.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sized
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.delivery.pipeline import ANDROID
from bench.delivery.stage import notifications_alone
from bench.environment import prepare
from scripts.base.process import PARENT_VARIABLE, ROOT, stop, wait_until
from scripts.emulator.stack import Stack
from scripts.providers import simulators
from scripts.providers.journal import Journal
from scripts.providers.simulators import Simulators
from shared.aws import sdk
from shared.base import ids
from shared.base.clock import now_ms
from shared.base.config import settings

RESULTS = ROOT / "bench" / "results" / "kills.json"
CHANNEL = "android"
# Of the queue's event source mapping, and of the adapter.
BATCH, CALL = ANDROID, 10


@dataclass(frozen=True)
class Size:
    """Size of a run.

    Attributes:
        threads: that handle the queue at once.
        visibility: seconds after which the queue hands out again what nobody deleted.
        lease_ms: of a claim; deployed 90 s, at a visibility of 360 s.
        patience: seconds without any progress after which the run has failed.
    """

    messages: int = 10_000
    kills: int = 30
    threads: int = 4
    visibility: int = 40
    lease_ms: int = 10_000
    people: int = 50
    patience: float = 120.0

    @property
    def in_flight(self) -> int:
        """Messages that a process has in hand at most."""
        return self.threads * BATCH


def journal() -> Journal:
    """A journal that keeps every message."""
    return Journal(deque())


def run(size: Size, stack: Stack, state: Path, providers: Simulators) -> dict[str, Any]:
    """Deliver under fire; the environment leads to stack and providers.

    Returns:
        sizes, ``lost`` and ``duplicates``, and how many of these may be: ``allowed``, and
        ``unmarked`` if the ledger does its work.

    Raises:
        RuntimeError: nothing moves any more.
    """
    url = settings().queue_url("notifications", CHANNEL)
    sqs = sdk.client("sqs")
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    _set(url, {"VisibilityTimeout": str(size.visibility)})
    began = time.monotonic()
    try:
        sent = _create(size)
        killed = _deliver(size, stack, state, providers, set(sent))
    finally:
        _set(url, before["Attributes"])
    arrived = _arrived(providers, set(sent))
    return {
        **{name: getattr(size, name) for name in ("messages", "kills", "threads", "in_flight")},
        "arrivals": arrived.total(),
        "lost": len(set(sent) - set(arrived)),
        "duplicates": arrived.total() - len(arrived),
        "allowed": killed * size.in_flight,
        "unmarked": killed * size.threads * CALL,
        "dead_letters": stack.queue_depths().get(settings().name("notifications", _DEAD), 0),
        "marked_sent": _marked(sent),
        "seconds": round(time.monotonic() - began, 1),
    }


_DEAD = f"{CHANNEL}-dlq"


def _set(url: str, attributes: dict[str, str]) -> None:
    sdk.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)


def _create(size: Size) -> dict[str, str]:
    """Store the notifications; return each one's key in the ledger by its id."""
    from chalicelib.notifications.channels import targets
    from chalicelib.notifications.contacts import devices
    from chalicelib.notifications.core.caused_ids import fresh_id
    from chalicelib.notifications.core.content import Content
    from chalicelib.notifications.history import ledger, notifications

    people = [ids.new_id() for _ in range(size.people)]
    for number, one in enumerate(people):
        devices.store().register(one, f"{number:032x}", CHANNEL, f"{number:064x}")

    def create(number: int) -> Content:
        person = people[number % len(people)]
        content = Content(
            id=fresh_id(now_ms()), user_id=person, type="message", category="message",
            channels=(CHANNEL,), created_at=now_ms(), title="Tea", text=str(number),
            sender_id=person,
        )  # fmt: skip
        notifications.create(content)
        return content

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(create, range(size.messages)))
    found = {one: targets.targets(made[place], CHANNEL)[0].key for place, one in enumerate(people)}
    return {one.id: ledger.target_key(CHANNEL, found[one.user_id]) for one in made}


def _deliver(size: Size, stack: Stack, state: Path, providers: Simulators, wanted: set[str]) -> int:
    """Let workers deliver and die; return how many died."""
    queue = settings().name("notifications", CHANNEL)
    arrivals = providers.journal.messages
    for _ in range(size.kills):
        until = len(arrivals) + size.messages // (size.kills + 1)
        with _worker(size, state) as victim:
            _wait(size, providers, partial(_reached, arrivals, until))
            victim.kill()
    with _worker(size, state):
        _wait(size, providers, lambda: len(_arrived(providers, wanted)) == len(wanted))
        # What the last of the dead had in hand comes again, and must find itself delivered.
        _wait(size, providers, lambda: not stack.queue_depths().get(queue))
    return size.kills


def _reached(arrivals: Sized, until: int) -> bool:
    return len(arrivals) >= until


@contextmanager
def _worker(size: Size, state: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker for a block.

    It ends in order, unless it is dead: the emulator would hand messages to its open polls.
    """
    with (state / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "bench.delivery.worker"),
                *(str(size.threads), str(size.lease_ms)),
            ],
            cwd=ROOT,
            env={**os.environ, "ROOKERY_STATE": str(state), PARENT_VARIABLE: str(os.getpid())},
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert process.stdout is not None
        try:
            if process.stdout.readline() != b"ready\n":
                raise RuntimeError(f"the worker does not start: {log.name}")
            yield process
        finally:
            process.stdout.close()
            stop([process], 20)
            process.wait()


def _wait(size: Size, providers: Simulators, done: Callable[[], bool]) -> None:
    """Wait for a condition, as long as pushes arrive.

    Raises:
        RuntimeError: it does not come about.
    """
    before = -1
    while not wait_until(done, size.patience):
        seen = len(providers.journal.messages)
        if seen == before:
            raise RuntimeError(f"nothing moves any more after {seen} pushes")
        before = seen


def _arrived(providers: Simulators, wanted: set[str]) -> Counter[str]:
    """Number of arrivals of each notification."""
    found = (one["data"]["notification_id"] for one in providers.journal.sent(CHANNEL))
    return Counter(one for one in found if one in wanted)


def _marked(sent: dict[str, str]) -> int:
    """Deliveries that the ledger knows as sent."""
    from chalicelib.notifications.core.models import LEDGER

    keys = [{"notification_id": one, "target": target} for one, target in sent.items()]
    return sum(item["state"] == "sent" for item in LEDGER.get_many(keys, consistent=True))


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=Size.messages)
    parser.add_argument("--kills", type=int, default=Size.kills)
    parser.add_argument("--json", type=Path, default=RESULTS, help="where to write the results")
    options = parser.parse_args()
    prepare()
    size = Size(messages=options.messages, kills=options.kills)
    with (
        notifications_alone() as (stack, state),
        simulators.running(state / "providers", stack.endpoint_url, journal=journal()) as providers,
    ):
        os.environ.update(providers.environment())
        found = run(size, stack, state, providers)
    print(json.dumps(found, indent=2))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(found, indent=2) + "\n")
    return 1 if found["lost"] or found["duplicates"] > found["unmarked"] else 0


if __name__ == "__main__":
    sys.exit(main())
