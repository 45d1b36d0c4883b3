"""`make load`: a small town on the local stack, beside Stream-Framework.

Everything runs in this process against the embedded AWS: requests through the
gateway's routes, fan-out through the real queues. The embedded AWS is one
Python thread whose queries slow down with a partition's size, so the seconds
say nothing about DynamoDB: the calls and units beside them do.

Stream-Framework (PyPI: stream-framework 1.4.0 with redis 2.10.6) is old and
stays out of this project's environments. `STREAM_FRAMEWORK_PYTHON` names an
interpreter that has both; redis-server must be there too.
"""

import argparse
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.environment import prepare
from scripts.base.process import ROOT

RESULTS = ROOT / "bench" / "results" / "load.json"
SEED = 20
PEER = Path(__file__).with_name("stream_framework.py")
PEER_VARIABLE = "STREAM_FRAMEWORK_PYTHON"
# From a POST to a follower's home page, p99.
FRESH_SECONDS = 5.0


@dataclass(frozen=True)
class Size:
    """Size of a run: ``active`` people log in, write and read."""

    users: int = 1000
    follows: int = 25_000
    active: int = 12
    posts: int = 60
    reads: int = 120
    fresh: int = 40


SMALL = Size(users=30, follows=150, active=3, posts=4, reads=6, fresh=3)


def graph(size: Size) -> dict[int, list[int]]:
    """Followers by author: popularity falls as 1/rank; the active are spread."""
    chance = random.Random(SEED)
    users = range(size.users)
    weights = [1 / (rank + 10) for rank in users]
    order = chance.sample(users, size.users)
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < size.follows:
        author = order[chance.choices(users, weights)[0]]
        follower = chance.randrange(size.users)
        if author != follower:
            pairs.add((author, follower))
    found: dict[int, list[int]] = {}
    for author, follower in sorted(pairs):
        found.setdefault(author, []).append(follower)
    return found


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Milliseconds that half and all but a hundredth need."""
    ordered = sorted(seconds)
    at = {"p50_ms": 0.5, "p99_ms": 0.99}
    last = len(ordered) - 1
    return {name: round(ordered[round(share * last)] * 1000, 2) for name, share in at.items()}


def timed(act: Callable[[int], object], times: int) -> tuple[float, dict[str, float]]:
    """Do something so many times: how many a second, and quantiles."""
    taken = []
    started = time.perf_counter()
    for number in range(times):
        begun = time.perf_counter()
        act(number)
        taken.append(time.perf_counter() - begun)
    return times / (time.perf_counter() - started), quantiles(taken)


def ours(size: Size) -> dict[str, Any]:
    """The platform, on an embedded AWS of its own."""
    from bench.meter import Meter
    from tests.platform import Platform

    with (
        tempfile.TemporaryDirectory() as state,
        Platform.start(Path(state)) as platform,
        Meter() as meter,
    ):
        return run(platform, meter, size)


def run(platform: Any, meter: Any, size: Size) -> dict[str, Any]:
    """Fill a platform, write, deliver and read."""
    from bench import fixtures
    from bench.fanout import freshness

    followers = graph(size)
    writers = [platform.register() for _ in range(size.active)]
    # What the users domain makes of 25,000 follows at once is not what is measured.
    pump = next(one for one in platform.pumps if one.domain == "users")
    with fixtures.passing_over(platform, (one.source for one in pump.streams)):
        ids = [one.id for one in writers] + fixtures.people(size.users - size.active)
        pairs = ((f, author) for author, found in followers.items() for f in found)
        fixtures.follows((ids[follower], ids[author]) for follower, author in pairs)
    fixtures.reading_home(ids)
    platform.settle(900)
    fixtures.cold()

    def post(number: int) -> None:
        writers[number % size.active].tweet(f"Number {number} from the load run")

    def read(number: int) -> None:
        writers[number % size.active].home()

    meter.take()
    started = time.perf_counter()
    posts, post_times = timed(post, size.posts)
    platform.settle(900)
    delivered = time.perf_counter() - started
    requests, workers = meter.take()
    fanout = [one for one in workers if one.handler.endswith("_fanout")]
    deliveries = sum(len(followers.get(n % size.active, ())) for n in range(size.posts))
    for number in range(size.active):
        read(number)
    meter.take()
    reads, read_times = timed(read, size.reads)
    pages, _ = meter.take()
    seen = freshness.lags(*_follower_of(writers, followers), size.fresh)
    return {
        "posts_per_s": round(posts, 1),
        "post": post_times,
        "calls_a_post": round(sum(len(one.calls) for one in requests) / size.posts, 2),
        "deliveries": deliveries,
        "deliveries_per_s": round(deliveries / delivered, 1),
        "fanout_calls_a_delivery": round(len(fanout) / deliveries, 4),
        "fanout_wru_a_delivery": round(sum(one.wru for one in fanout) / deliveries, 3),
        "home_reads_per_s": round(reads, 1),
        "home_read": read_times,
        "calls_a_home_read": round(sum(len(one.calls) for one in pages) / size.reads, 2),
        "rru_a_home_read": round(sum(one.rru for one in pages) / size.reads, 2),
        "fresh_p99_s": round(freshness.p99(seen), 2),
    }


def _follower_of(writers: list[Any], followers: dict[int, list[int]]) -> tuple[Any, list[Any]]:
    """Whoever of the writers follows most of the others, and whom."""
    followed = [
        [author for number, author in enumerate(writers) if reader in followers.get(number, ())]
        for reader in range(len(writers))
    ]
    best = max(range(len(writers)), key=lambda reader: len(followed[reader]))
    return writers[best], followed[best] or [writers[best]]


def peer(size: Size) -> dict[str, Any] | None:
    """Run Stream-Framework with the same work; ``None`` if not installed."""
    python, server = os.environ.get(PEER_VARIABLE), shutil.which("redis-server")
    if not python or not server:
        return None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    redis = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        work = {"port": port, "followers": graph(size), **vars(size)}
        done = subprocess.run(
            [python, str(PEER)], input=json.dumps(work), capture_output=True, text=True, check=True
        )
        measured: dict[str, Any] = json.loads(done.stdout)
    finally:
        redis.terminate()
        redis.wait(10)
    for name in ("post", "home_read"):
        measured[name] = quantiles(measured.pop(f"{name}_seconds"))
    return measured


def measure(size: Size) -> dict[str, Any]:
    """Both, one after the other, and how they compare."""
    found: dict[str, Any] = {"size": vars(size), "ours": ours(size), "stream_framework": peer(size)}
    if other := found["stream_framework"]:
        names = ("posts_per_s", "deliveries_per_s", "home_reads_per_s")
        found["ours_to_stream_framework"] = {
            name: round(found["ours"][name] / other[name], 4) for name in names
        }
    return found


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--small", action="store_true", help="thirty users: does it run at all?")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where to write the results")
    options = parser.parse_args()
    prepare()
    results = measure(SMALL if options.small else Size())
    print(json.dumps(results, indent=2))
    if results["stream_framework"] is None:
        print(f"Stream-Framework was not run: it needs {PEER_VARIABLE} and redis-server")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(results, indent=2) + "\n")
    if results["ours"]["fresh_p99_s"] > FRESH_SECONDS:
        print(f"tweets came too late: p99 is above {FRESH_SECONDS:g} s")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
