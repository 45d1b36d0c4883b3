"""Operations of the platform: how each is set up, done and measured."""

import secrets
import threading
from collections.abc import Callable
from typing import Any

from bench import fixtures, web
from bench.fixtures import Size
from bench.measured import Measured, summary
from bench.meter import Meter, Request, Spent
from bench.steps import steps
from shared.contracts import profiles
from tests.platform import PASSWORD, Person, Platform

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


class Operations:
    """Measures operations on a running platform."""

    def __init__(self, platform: Platform, meter: Meter, size: Size) -> None:
        self.platform, self.meter, self.size = platform, meter, size
        self._people: dict[str, Person] = {}
        self._home: Person | None = None

    @staticmethod
    def names() -> list[str]:
        """The operations, in the order of the table."""
        return [name.removeprefix("do_") for name in vars(Operations) if name.startswith("do_")]

    def run(self, name: str) -> Measured:
        """Measure one operation."""
        done: Measured = getattr(self, f"do_{name}")()
        return done

    def person(self, name: str) -> Person:
        """A registered user, made at first use."""
        if name not in self._people:
            self._people[name] = self.platform.register()
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

    def do_register(self) -> Measured:
        """Two claims, an account and a profile in one transaction."""

        def act(_: int) -> None:
            name = f"r{secrets.token_hex(6)}"
            body = {"username": name, "name": name, "email": f"{name}@example.com"}
            answer = self.platform.call("POST", "/1/accounts", {**body, "password": PASSWORD})
            assert answer.status == 201, answer.body

        return self.measure(act)

    def do_login(self) -> Measured:
        """A password for a session and its tokens."""
        user = self.person("reader")
        body = {"login": user.username, "password": PASSWORD}
        return self.measure(lambda _: self.platform.call("POST", "/1/sessions", body))

    def do_authenticated_request(self) -> Measured:
        """A warm token, rights and limits checked, then a 400 for the empty body."""
        user = self.person("reader")

        def act(_: int) -> None:
            assert user.call("POST", "/2/tweets", {}).status == 400

        act(0)
        return self.measure(act, workers=False)

    def do_tweet(self) -> Measured:
        """Plain text."""
        author = self.person("author")
        return self.measure(lambda n: author.tweet(f"{fixtures.TEXTS[n % 4]} {n}"))

    def do_reply(self) -> Measured:
        """A reply to somebody else's tweet, nothing cached."""
        return self._reply(fixtures.cold)

    def do_reply_warm(self) -> Measured:
        """A reply to somebody whom the process has seen in the last seconds."""
        self._reply(fixtures.cold, runs=1)
        return self._reply(lambda: None, workers=False)

    def do_quote(self) -> Measured:
        """A quote of somebody else's tweet, nothing cached."""
        quoted = self.person("author").tweet("What do you make of it?")
        reader = self.person("reader")
        return self.measure(
            lambda n: reader.tweet(f"This: {n}", quote_tweet_id=quoted),
            before=fixtures.cold,
            workers=False,
        )

    def do_tweet_once(self) -> Measured:
        """Plain text with an idempotency key."""
        author, path = self.person("author"), "/2/tweets"

        def act(_: int) -> None:
            key = secrets.token_hex(8)
            author.ok("POST", path, {"text": f"Only once: {key}"}, idempotency_key=key)

        return self.measure(act, workers=False)

    def do_tweet_poll(self) -> Measured:
        """A tweet with a poll, which closes by a timer."""
        poll = {"options": ["rooks", "crows"], "duration_minutes": 60}
        author = self.person("author")
        return self.measure(lambda n: author.tweet(f"Which, {n}?", poll=poll), workers=False)

    def do_like(self) -> Measured:
        """A like, the author's card being warm."""
        return self._engage("likes")

    def do_like_cold(self) -> Measured:
        """A like of a tweet and an author that the process has not seen."""
        reader, tweets = self.person("reader"), self._tweets()
        path = f"/2/users/{reader.id}/likes"
        return self.measure(
            lambda n: reader.ok("POST", path, {"tweet_id": tweets[n]}),
            before=fixtures.cold,
            workers=False,
        )

    def do_unlike(self) -> Measured:
        """A like taken back."""
        reader, tweets = self.person("reader"), self._tweets()
        for tweet in tweets:
            reader.ok("POST", f"/2/users/{reader.id}/likes", {"tweet_id": tweet})
        path = f"/2/users/{reader.id}/likes/"
        return self.measure(lambda n: reader.ok("DELETE", f"{path}{tweets[n]}"))

    def do_retweet(self) -> Measured:
        """A retweet, the author's card being warm."""
        return self._engage("retweets")

    def do_follow(self) -> Measured:
        """A follow, the other's card being warm."""
        return self._follow(warm=True)

    def do_follow_cold(self) -> Measured:
        """A follow that has to read the other's card."""
        return self._follow(warm=False)

    def do_profile_page(self) -> Measured:
        """A profile by name with all fields, as the web client reads it."""
        author, reader = self.person("author"), self.person("reader")
        tweet = author.tweet("on top")
        author.ok("PUT", "/1/accounts/me/pinned_tweet", {"tweet_id": tweet})
        path = f"/2/users/by/username/{author.username}?{PROFILE_FIELDS}"
        reader.ok("GET", path)
        return self.measure(lambda _: reader.ok("GET", path))

    def do_push_follower(self) -> Measured:
        """Cost that one follower adds to a tweet: its whole fan-out, per follower.

        The workers are warm: they have seen before that the followers are active.
        """
        author = fixtures.popular_author(self.platform, self.size)
        author.tweet("To see who is there")
        measured = self.measure(lambda n: author.tweet(f"To all of you: {n}"), runs=1)
        everything = measured.numbers["worker"]["by_handler"]
        fanout = [spent for name, spent in everything.items() if name.endswith("_fanout")]
        if sum(spent["wru"] for spent in fanout) < self.size.followers:
            raise RuntimeError("the tweet was not pushed to every follower: adapt the fixture")
        share = {
            unit: round(sum(spent[unit] for spent in fanout) / self.size.followers, 4)
            for unit in ("calls", "wru", "rru")
        }
        numbers = {**share, "cpu_ms": None, "followers": self.size.followers}
        return Measured({**numbers, "worker": measured.numbers["worker"]}, measured.calls)

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
        return self.measure(lambda _: _read_home(reader, ""), before=fixtures.cold, workers=False)

    def do_user_timeline_50(self) -> Measured:
        """A page of one author's tweets, seen by somebody else, nothing cached."""
        author, viewer = self.person("chatty"), self.person("reader")
        fixtures.tweets([author.id] * 60)
        path = f"/2/users/{author.id}/tweets?max_results=50"
        return self.measure(lambda _: viewer.ok("GET", path), workers=False)

    def do_notification(self) -> Measured:
        """One event on its way into one inbox: all of it is workers' work."""
        reader, tweets = self.person("reader"), self._tweets()
        path = f"/2/users/{reader.id}/likes"
        runs = self.size.alone
        measured = self.measure(
            lambda n: reader.ok("POST", path, {"tweet_id": tweets[n]}), runs=runs
        )
        pump = next(p for p in self.platform.pumps if p.domain == "notifications")
        domain = {one.source.name for one in pump.queues} | {s.source.name for s in pump.streams}
        spent = {
            name: numbers
            for name, numbers in measured.numbers["worker"]["by_handler"].items()
            if name in domain
        }
        total = {u: sum(one[u] for one in spent.values()) for u in ("calls", "wru", "rru")}
        calls = [line for line in measured.calls if line.split()[0] in spent]
        return Measured({**total, "cpu_ms": None, "worker": {**total, "by_handler": spent}}, calls)

    def do_start_crawl(self) -> Measured:
        """A crawl accepted; its workers fetch one page of a site in this process."""
        owner, site = self.person("crawler"), web.Site(0, 1)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{site.server_address[1]}"
        body = {"url": url + web.spelling(0, 0, url), "max_pages": 1, "allow_private": True}
        try:
            return self.measure(lambda _: owner.ok("POST", "/1/crawls", body))
        finally:
            site.shutdown()
            site.server_close()

    def _tweets(self) -> list[str]:
        return fixtures.tweets([self.person("author").id] * self.size.repeats)

    def _reply(self, before: Callable[[], object], **how: Any) -> Measured:
        reply = {"in_reply_to_tweet_id": self.person("author").tweet("What do you think?")}
        reader = self.person("reader")
        return self.measure(
            lambda n: reader.tweet(f"I think {n}", reply=reply), before=before, **how
        )

    def _engage(self, what: str) -> Measured:
        reader, author, tweets = self.person("reader"), self.person("author"), self._tweets()
        path = f"/2/users/{reader.id}/{what}"
        return self.measure(
            lambda n: reader.ok("POST", path, {"tweet_id": tweets[n]}),
            before=lambda: profiles.cards([author.id]),
        )

    def _follow(self, *, warm: bool) -> Measured:
        reader = self.person("reader")
        with fixtures.unannounced(self.platform):
            targets = fixtures.people(self.size.repeats)
        path = f"/2/users/{reader.id}/following"
        return self.measure(
            lambda n: reader.ok("POST", path, {"target_user_id": targets[n]}),
            before=(lambda: profiles.cards(targets)) if warm else profiles.CARDS.clear,
        )

    def _warm_home(self) -> None:
        fixtures.cold()
        self._read_home("")

    def _home_page(self, query: str, before: Callable[[], object] = fixtures.cold) -> Measured:
        self._read_home("")
        measured = self.measure(lambda _: self._read_home(query), before=before, workers=False)
        before()
        with self.platform.unchecked():
            measured.numbers["steps"] = steps(lambda: self._read_home(query))
        return measured

    def _read_home(self, query: str) -> None:
        if self._home is None:
            self._home = fixtures.home_reader(self.platform, self.size)
        _read_home(self._home, query)


def _read_home(reader: Person, query: str) -> None:
    path = f"/2/users/{reader.id}/timelines/reverse_chronological?max_results=50{query}"
    assert reader.ok("GET", path)["meta"]["result_count"] == 50
