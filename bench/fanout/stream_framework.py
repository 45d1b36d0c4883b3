"""Stream-Framework's part of `make load`, in an environment of its own.

A post goes to the author's feed and, inline, to every follower's, as its task
does behind a queue; a home read takes the newest twenty from Redis.
"""

import json
import sys
import time
from datetime import datetime, timedelta
from typing import Any

from stream_framework import settings

work = json.load(sys.stdin)
settings.STREAM_REDIS_CONFIG = {
    "default": {"host": "127.0.0.1", "port": work["port"], "db": 0, "password": None}
}

from stream_framework.activity import Activity  # noqa: E402
from stream_framework.feeds.redis import RedisFeed  # noqa: E402
from stream_framework.verbs.base import Add  # noqa: E402

START = datetime(2026, 1, 1)


class Home(RedisFeed):
    """A home timeline."""

    key_format = "home:%(user_id)s"
    max_length = 400


class Own(RedisFeed):
    """An author's own tweets."""

    key_format = "own:%(user_id)s"
    max_length = 400


def post(number: int, author: int, followers: list[int]) -> None:
    """Store an activity and deliver it."""
    activity = Activity(author, Add, number + 1, time=START + timedelta(seconds=number))
    Home.insert_activities([activity])
    Own(author).add(activity)
    with Home.get_timeline_batch_interface() as batch:
        for follower in followers:
            Home(follower).add_many([activity], batch_interface=batch, trim=False)


def timed(act: Any, times: int) -> tuple[float, list[float]]:
    """Seconds of all and of each."""
    taken = []
    started = time.perf_counter()
    for number in range(times):
        begun = time.perf_counter()
        act(number)
        taken.append(time.perf_counter() - begun)
    return time.perf_counter() - started, taken


def main() -> None:
    """Work from standard input, figures to standard output."""
    active, posts, reads = work["active"], work["posts"], work["reads"]
    followers = {int(author): found for author, found in work["followers"].items()}

    def one_post(number: int) -> None:
        author = number % active
        post(number, author, followers.get(author, []))

    posting, post_seconds = timed(one_post, posts)
    reading, read_seconds = timed(lambda n: Home(n % active)[:20], reads)
    deliveries = sum(len(followers.get(number % active, [])) for number in range(posts))
    json.dump(
        {
            "posts_per_s": round(posts / posting, 1),
            "post_seconds": post_seconds,
            "deliveries": deliveries,
            "deliveries_per_s": round(deliveries / posting, 1),
            "home_reads_per_s": round(reads / reading, 1),
            "home_read_seconds": read_seconds,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
