"""Pages of reading clients: how each is set up, read and measured."""

import random
from collections.abc import Callable

from bench import fixtures
from bench.fixtures import Size
from bench.measured import Measured, summary, totals
from bench.meter import Meter, Request, Spent
from bench.steps import steps
from shared.base.process import process
from shared.contracts import profiles
from tests.platform import Person, Platform

Act = Callable[[int], object]
HOME_FIELDS = (
    "tweet.fields=author_id,created_at,conversation_id,entities,public_metrics,referenced_tweets,"
    "in_reply_to_user_id,lang&expansions=author_id,referenced_tweets.id"
    "&user.fields=name,username,profile_image_url,protected,verified"
)
PROFILE_FIELDS = (
    "user.fields=created_at,description,entities,location,profile_banner_url,profile_image_url,"
    "protected,public_metrics,url,verified,connection_status"
    "&expansions=pinned_tweet_id,most_recent_tweet_id&tweet.fields=public_metrics,entities"
)


class Pages:
    """Measures pages on a running platform."""

    def __init__(self, platform: Platform, meter: Meter, size: Size) -> None:
        self.platform, self.meter, self.size = platform, meter, size
        self._people: dict[str, Person] = {}
        self._home: Person | None = None

    def person(self, name: str) -> Person:
        """A registered user, made at first use."""
        if name not in self._people:
            self._people[name] = fixtures.register(self.platform)
        return self._people[name]

    def measure(
        self,
        act: Act,
        *,
        before: Callable[[], object] = profiles.CARDS.clear,
        runs: int | None = None,
        workers: bool = True,
    ) -> Measured:
        """Do something again and again, each time after ``before``.

        The first runs are made alone, and what they set in motion is waited
        for: its calls are the workers'. The rest only count as requests.
        """
        self.platform.settle(60)
        requests: list[Request] = []
        woken: list[list[Spent]] = []
        alone = self.size.alone if workers else 0
        self.meter.take()
        for number in range(max(runs or self.size.repeats, alone)):
            before()
            self.meter.take()
            act(number)
            if number < alone:
                self.platform.settle(60)
            found, worker = self.meter.take()
            requests += found[-1:]
            if number < alone:
                woken.append(worker)
        self.platform.settle(60)
        return summary(requests, woken)

    def do_profile_page(self) -> Measured:
        """A profile by name with all fields, as the web client reads it."""
        author, reader = self.person("author"), self.person("reader")
        tweet = author.tweet("on top")
        author.ok("PUT", "/1/accounts/me/pinned_tweet", {"tweet_id": tweet})
        path = f"/2/users/by/username/{author.username}?{PROFILE_FIELDS}"
        reader.ok("GET", path)
        return self.measure(lambda _: reader.ok("GET", path))

    def do_home_50(self) -> Measured:
        """A page of fifty, nothing cached."""
        return self._home_page("")

    def do_home_50_warm(self) -> Measured:
        """The same page again."""
        return self._home_page("", before=self._warm_home)

    def do_home_50_full(self) -> Measured:
        """The cold page with the fields and expansions that clients ask for."""
        return self._home_page(f"&{HOME_FIELDS}")

    def do_home_50_spread(self) -> Measured:
        """The dearest page: fifty different authors, nothing cached."""
        reader = fixtures.home_reader(self.platform, self.size, spread=True)
        _read_home(reader, "")
        return self.measure(
            lambda _: _read_home(reader, ""), before=lambda: fixtures.fresh(reader), workers=False
        )

    def do_poll(self) -> Measured:
        """An open page asks for news without any; only the token is cached.

        Without a route for both, the home timeline and the unread count are two requests.
        """
        reader = self._home_reader
        newest = reader.home()[0]
        home = f"/2/users/{reader.id}/timelines/reverse_chronological?since_id={newest}"
        paths = [f"/1/updates?since_id={newest}"]
        if reader.call("GET", paths[0]).status == 404:
            paths = [home, "/1/notifications/inbox?max_results=1"]
        asked = [self._cold_page(path) for path in paths]
        units = ("calls", "wru", "rru", "cpu_ms", "sdk_ms")
        numbers = {unit: sum(one.numbers[unit] for one in asked) for unit in units}
        calls = [call for one in asked for call in one.calls]
        return Measured({**numbers, "requests": len(paths)}, calls)

    def do_views_20(self) -> Measured:
        """Views of a page of twenty fresh tweets, until they are counted."""
        from chalicelib.tweets.engagement.views import ViewLimits

        author, viewer, woken = self.person("fresh"), self.person("viewer"), []
        path = f"/2/users/{author.id}/tweets?max_results=20&tweet.fields=public_metrics"
        with process.limited(ViewLimits(max_seconds=0)):
            for number in range(self.size.whole):
                fixtures.tweets([author.id] * 20)
                self.platform.settle(60)
                # Which tweets are counted is drawn.
                random.seed(fixtures.SEED + number)
                self.meter.take()
                assert viewer.ok("GET", path)["meta"]["result_count"] == 20
                self.platform.settle(60)
                woken += self.meter.take()[1]
        return Measured(totals(woken, self.size.whole), [str(call) for call in woken])

    def do_user_timeline_50(self) -> Measured:
        """A page of one author's tweets, seen by somebody else, nothing cached."""
        author, viewer = self.person("chatty"), self.person("reader")
        fixtures.tweets([author.id] * 60)
        path = f"/2/users/{author.id}/tweets?max_results=50"
        return self.measure(lambda _: viewer.ok("GET", path), workers=False)

    def _cold_home(self) -> None:
        fixtures.fresh(self._home_reader)

    def _warm_home(self) -> None:
        self._cold_home()
        self._read_home("")

    @property
    def _home_reader(self) -> Person:
        if self._home is None:
            self._home = fixtures.home_reader(self.platform, self.size)
        return self._home

    def _home_page(self, query: str, before: Callable[[], object] | None = None) -> Measured:
        self._read_home("")
        before = before or self._cold_home
        measured = self.measure(lambda _: self._read_home(query), before=before, workers=False)
        before()
        with self.platform.unchecked():
            measured.numbers["steps"] = steps(lambda: self._read_home(query))
        return measured

    def _read_home(self, query: str) -> None:
        _read_home(self._home_reader, query)

    def _cold_page(self, path: str) -> Measured:
        reader = self._home_reader
        return self.measure(lambda _: reader.ok("GET", path), before=self._cold_home, workers=False)


def _read_home(reader: Person, query: str) -> None:
    path = f"/2/users/{reader.id}/timelines/reverse_chronological?max_results=50{query}"
    assert reader.ok("GET", path)["meta"]["result_count"] == 50
