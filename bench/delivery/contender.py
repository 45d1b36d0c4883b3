"""One way of sending mails or pushes, in a process of its own.

``python -m bench.delivery.contender WAY KIND COUNT`` prints the CPU seconds that it took: of
``ours`` for storing, and for dispatch and delivery; of ``loop``; of ``celery`` for producing
and for its worker. The environment leads to the stage, the simulators and Redis.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.delivery import sending
from bench.delivery.pipeline import ANDROID, EMAIL, IOS, Pipeline, create, recipients
from scripts.base.process import ROOT, stop
from shared.base.process import process

CHANNELS = {"mail": ("email", EMAIL), "push": ("android", ANDROID), "ios": ("ios", IOS)}
# The least of several rounds is nearly free of other work on the machine.
ROUNDS = 3


def ours(kind: str, count: int) -> dict[str, float]:
    """Handlers of the notifications domain, with full batches."""
    from scripts.base.domain import load_app
    from tests.platform import no_statistics

    spent = 0.0

    @contextmanager
    def watch(*_: object) -> Iterator[None]:
        nonlocal spent
        began = time.process_time()
        yield
        spent += time.process_time() - began

    channel, size = CHANNELS[kind]
    pipeline, people = Pipeline(load_app("notifications"), watch), recipients(count)

    def send() -> tuple[float, float]:
        nonlocal spent
        # Nobody's preferences are known.
        process.reset()
        spent, began = 0.0, time.process_time()
        stored = create(count, channel, people)
        storing = time.process_time() - began
        pipeline.dispatch(stored)
        if pipeline.deliver(channel, size) != count:
            raise RuntimeError("not everything was queued")
        return storing, spent

    with no_statistics():
        send()
        storing, delivering = zip(*(send() for _ in range(ROUNDS)), strict=True)
    return {"storing": min(storing), "delivering": min(delivering)}


def loop(kind: str, count: int) -> dict[str, float]:
    """A call for each, one after another."""
    send: Callable[[int], None] = getattr(sending, kind)
    send(0)
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for number in range(count):
            send(number)
        spent.append(time.process_time() - began)
    return {"sending": min(spent)}


def celery(kind: str, count: int) -> dict[str, float]:
    """A Celery worker without child processes, which takes the least CPU."""
    from bench.delivery import celery_tasks

    task = getattr(celery_tasks, kind)
    command = (sys.executable, "-m", "celery", "-A", "bench.delivery.celery_tasks", "worker")
    options = ("--pool", "solo", "--loglevel", "ERROR", "--without-gossip", "--without-mingle")
    worker = subprocess.Popen([*command, *options], cwd=ROOT, stdout=sys.stderr)
    producing, working = [], []
    try:
        task.delay(0)
        before = celery_tasks.cpu.delay().get(timeout=120)
        for _ in range(ROUNDS):
            began = time.process_time()
            for number in range(count):
                task.delay(number)
            producing.append(time.process_time() - began)
            # Tasks run in order, so this one is the last.
            after = celery_tasks.cpu.delay().get(timeout=600)
            working.append(after - before)
            before = after
    finally:
        stop([worker], 10)
    return {"producing": min(producing), "working": min(working)}


WAYS = {"ours": ours, "loop": loop, "celery": celery}


def main(way: str, kind: str, count: int) -> None:
    """Send; the environment must be the bench's."""
    if not os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://127.0.0.1:"):
        raise SystemExit("not on a local stack")
    print(json.dumps(WAYS[way](kind, count)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
