"""Costs of pages by the size of what they meet, such as follows or likes.

Every figure is of a warm page: the process has just begun, has read the token, and
then the page once; the second page load and those after it are measured. ``cold`` is the
first page load. Workers do nothing meanwhile.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from botocore.config import Config

from bench import fixtures
from bench.fixtures import Size
from bench.growth import crowds
from bench.measured import Measured, summary
from bench.meter import Meter, Request
from shared.aws import sdk
from shared.base.config import settings
from shared.base.process import process
from shared.http.rate_limit import RateLimits
from tests.platform import Person, Platform

SIZES = (1, 100, 1000, 10_000, 100_000)
FOLLOWS = (1, 100, 200, 1000, 5000, 10_000, 100_000)
# No list has more members.
MEMBERS = (1, 100, 1000, 5000)
# Of a crowd, so many have profiles; pages show nobody else.
_PROFILES = 5000
_COLD_RUNS = 2
# A page that takes long on the emulator is read no more often than it must be.
_PATIENCE_SECONDS = 4.0
_READ_SECONDS = 180
_UNITS = ("calls", "rru", "cpu_ms")

Act = Callable[[], object]
Curve = Iterator[tuple[int, Measured]]


@contextmanager
def standing_still(platform: Platform) -> Iterator[None]:
    """Let all handlers pass over what is written inside the block."""
    sources = [one.source for pump in platform.pumps for one in pump.streams]
    sources += [one.source for pump in platform.pumps for one in pump.queues]
    with fixtures.passing_over(platform, sources):
        yield


def stop_workers(platform: Platform) -> None:
    """Stop reading streams for good: crowds would keep the pumps busy."""
    for pump in platform.pumps:
        for stream in pump.streams:
            stream.stop(0.0)


def be_patient() -> None:
    """Wait longer for DynamoDB than the apps do.

    The emulator goes through a whole partition for each page of a Query: with a crowd in it,
    that takes seconds.
    """
    clients = sdk.clients()
    clients._made["dynamodb", False, False] = clients.session.create_client(
        "dynamodb",
        region_name=settings().region,
        config=Config(read_timeout=_READ_SECONDS, parameter_validation=False),
    )


class Scaling:
    """Measures pages at several sizes on a platform whose workers stand still."""

    def __init__(self, platform: Platform, meter: Meter, size: Size) -> None:
        self.platform, self.meter, self.size = platform, meter, size
        self._crowd: list[str] = []
        self._tweets: list[tuple[str, str]] = []

    @staticmethod
    def names() -> list[str]:
        """The curves, in the order of the table."""
        return [name.removeprefix("by_") for name in vars(Scaling) if name.startswith("by_")]

    def run(self, name: str) -> tuple[dict[str, Any], list[str]]:
        """Measure one curve.

        Returns:
            numbers by size, and the calls of a warm page at the largest size.
        """
        curve: Curve = getattr(self, f"by_{name}")()
        numbers, calls = {}, []
        # One reader reads more pages than anybody may.
        with process.limited(RateLimits(multiplier=1000)):
            for size, measured in curve:
                numbers[str(size)], calls = measured.numbers, measured.calls
        return numbers, calls

    def by_home_by_follows(self) -> Curve:
        """Home page of a reader who follows so many."""
        for size in self._sizes(FOLLOWS):
            yield size, self._home(self._reader(size))

    def by_home_by_blockers(self) -> Curve:
        """Home page of a reader of 200 whom so many have blocked."""
        reader = self._reader(200)
        for size, more in self._growing(SIZES):
            crowds.blockers(reader.id, more, size)
            yield size, self._home(reader)

    def by_home_by_switches(self) -> Curve:
        """Home page after so many switches of delivery modes by others."""
        reader = self._reader(200)
        keys: list[dict[str, Any]] = []
        try:
            for size, more in self._growing(SIZES):
                keys += crowds.switches(more)
                yield size, self._home(reader)
        finally:
            crowds.no_switches(keys)

    def by_list_by_members(self) -> Curve:
        """Timeline of a list with so many members, a page of 50."""
        owner, crowd = fixtures.register(self.platform), self._people(MEMBERS[-1])
        newest = self._newest()
        crowds.heads(crowd[: crowds.AUTHORS], crowd[crowds.AUTHORS :])
        for size in self._sizes(MEMBERS):
            there = set(crowd[:size])
            pushed = [(tweet, author) for tweet, author in newest if author in there]
            made = crowds.list_of(owner, crowd[:size], pushed)
            path = f"/2/lists/{made}/tweets?max_results=50"
            yield size, self._page(owner, path)

    def by_followers_by_shards(self) -> Curve:
        """Page of 100 followers who are listed under so many keys."""
        reader, followers = fixtures.register(self.platform), self._people(640)
        for shards in (1, 8, 64):
            account = crowds.sharded_account(followers, shards)
            path = f"/2/users/{account}/followers?max_results=100"
            yield shards, self._page(reader, path)

    def by_following_by_follows(self) -> Curve:
        """Page of 100 of so many followed accounts."""
        for size in self._sizes((1, 100, 1000, 5000)):
            reader = self._reader(size)
            path = f"/2/users/{reader.id}/following?max_results=100"
            yield size, self._page(reader, path)

    def by_blocking_by_blockers(self) -> Curve:
        """Page of blocked accounts of somebody whom so many have blocked."""
        reader = self._reader(1)
        # The emulator is too slow for more, if all of them are read.
        for size, more in self._growing(SIZES[:4]):
            crowds.blockers(reader.id, more, size)
            yield size, self._page(reader, f"/2/users/{reader.id}/blocking", shown=0)

    def by_likers_by_likes(self) -> Curve:
        """Page of 100 of so many people who like a tweet."""
        author = fixtures.register(self.platform)
        tweet, likers = author.tweet("Everybody likes this"), iter(self._everybody())
        for size, more in self._growing(SIZES):
            crowds.likes(tweet, author, [next(likers) for _ in range(more - (size == 1))])
            yield size, self._page(author, f"/2/tweets/{tweet}/liking_users?max_results=100")

    def by_like_by_likes(self) -> Curve:
        """One more like of a tweet with so many likes (the request)."""
        author = fixtures.register(self.platform)
        tweet, likers = author.tweet("Everybody likes this"), iter(self._everybody())
        for size, more in self._growing(SIZES):
            crowds.likes(tweet, author, [next(likers) for _ in range(more - (size == 1))])
            fan = fixtures.register(self.platform)
            path = f"/2/users/{fan.id}/likes"

            def like(fan: Person = fan, path: str = path) -> None:
                fan.ok("DELETE", f"{path}/{tweet}")
                fan.ok("POST", path, {"tweet_id": tweet})

            yield size, self._measure(fan, like)

    def by_replies_by_replies(self) -> Curve:
        """Page of 50 of so many replies to a tweet."""
        author = fixtures.register(self.platform)
        tweet = author.tweet("What do you all think?")
        path = f"/1/tweets/{tweet}/replies?max_results=50"
        for size, more in self._growing(SIZES):
            crowds.replies(tweet, author, more - 1)
            yield size, self._page(author, path)

    def by_search_by_names(self) -> Curve:
        """Page of 20 people of so many who share a word of their names."""
        reader = fixtures.register(self.platform)
        for size, more in self._growing(SIZES):
            crowds.namesakes("corvina", more, 1000)
            yield size, self._search(reader, "corvina")

    def by_people_search(self) -> Curve:
        """Page of 20 people of ten thousand who share a word of their names."""
        reader = fixtures.register(self.platform)
        crowds.namesakes("jackdaw", min(10_000, self.size.largest), 1000)
        yield 20, self._search(reader, "jackdaw")

    def _sizes(self, sizes: tuple[int, ...]) -> list[int]:
        return [size for size in sizes if size <= self.size.largest]

    def _growing(self, sizes: tuple[int, ...]) -> Iterator[tuple[int, int]]:
        """Sizes, each with what it has more than the one before."""
        before = 0
        for size in self._sizes(sizes):
            yield size, size - before
            before = size

    def _people(self, count: int) -> list[str]:
        if len(self._crowd) < count:
            self._crowd += fixtures.people(count - len(self._crowd))
        return self._crowd[:count]

    def _everybody(self) -> Iterator[str]:
        """People: some thousand with profiles in front, then others."""
        yield from self._people(1280)
        yield from crowds.strangers()

    def _newest(self) -> list[tuple[str, str]]:
        self._tweets = self._tweets or crowds.tweets(self._people(crowds.AUTHORS))
        return self._tweets

    def _reader(self, follows: int) -> Person:
        others = islice(crowds.strangers(), max(0, follows - _PROFILES))
        followees = [*self._people(min(follows, _PROFILES)), *others]
        newest = crowds.tweets(followees) if follows < crowds.AUTHORS else self._newest()
        return crowds.home_reader(self.platform, followees, newest)

    def _home(self, reader: Person) -> Measured:
        path = f"/2/users/{reader.id}/timelines/reverse_chronological?max_results=50"
        return self._page(reader, path, shown=50)

    def _search(self, reader: Person, word: str) -> Measured:
        return self._page(reader, f"/2/users/search?query={word}&max_results=20")

    def _page(self, reader: Person, path: str, shown: int | None = None) -> Measured:
        """Measure a page.

        Raises:
            RuntimeError: it shows too little, so that the fixture is no longer right.
        """
        body = reader.ok("GET", path)
        count = len(body.get("data", ()))
        if count != shown if shown is not None else not count:
            raise RuntimeError(f"{count} on the page {path}: adapt the fixture")
        return self._measure(reader, lambda: reader.ok("GET", path))

    def _measure(self, reader: Person, act: Act) -> Measured:
        def begin() -> None:
            fixtures.fresh(reader)

        first = summary(self._taken(act, min(_COLD_RUNS, self.size.pages), begin), [])
        warm = summary(self._taken(act, self.size.pages), [])
        numbers = {unit: warm.numbers[unit] for unit in _UNITS}
        numbers["cold"] = {unit: first.numbers[unit] for unit in _UNITS}
        return Measured(numbers, warm.calls)

    def _taken(
        self, act: Act, runs: int, before: Callable[[], object] = lambda: None
    ) -> list[Request]:
        found: list[Request] = []
        started = time.monotonic()
        with self.platform.unchecked():
            while len(found) < runs:
                before()
                # One page of sixteen is counted, for all of them.
                random.seed(fixtures.SEED)
                self.meter.take()
                act()
                found.append(self.meter.take()[0][-1])
                if time.monotonic() > started + _PATIENCE_SECONDS:
                    break
        return found
