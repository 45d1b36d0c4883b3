"""Whole costs: a request together with everything that it sets in motion.

All domains' workers count, in lockstep (`bench.growth.lockstep`), so that the figures are the
same in every run. Rate limits are as deployed, and what they write counts too. Before the
measured runs come others: a process that has run for a while knows the authors, has
counted requests in this quarter of an hour, and so on.
"""

import random
from collections.abc import Callable
from typing import Any

from bench import fixtures
from bench.fixtures import Size
from bench.growth.lockstep import Lockstep
from bench.measured import Measured, totals
from bench.meter import Meter, Spent
from shared.contracts import profiles
from tests.platform import Person, Platform

# People who like one tweet within a second or two.
CROWD = 60
_WARM_UP = 2

Act = Callable[[int], object]


class Whole:
    """Measures requests and their workers together."""

    def __init__(self, platform: Platform, meter: Meter, size: Size) -> None:
        self.platform, self.meter, self.size = platform, meter, size
        self._people: dict[str, Person] = {}

    @staticmethod
    def names() -> list[str]:
        """The members, in the order of the table."""
        return [name.removeprefix("do_") for name in vars(Whole) if name.startswith("do_")]

    def run(self, name: str) -> Measured:
        """Measure one member."""
        measured: Measured = getattr(self, f"do_{name}")()
        return measured

    def do_tweet(self) -> Measured:
        """Plain text by somebody without followers: what followers cost is extra."""
        author = self._person("tweeter")
        return self._each(lambda n: author.tweet(f"{fixtures.TEXTS[n % 4]} {n}"))

    def do_reply(self) -> Measured:
        """A reply to somebody else's tweet, with the author's card warm."""
        author, reader = self._person("answered"), self._person("answering")
        asked = author.tweet("What do you think?")
        reply = {"in_reply_to_tweet_id": asked}
        return self._each(lambda n: reader.tweet(f"I think {n}", reply=reply), author)

    def do_like(self) -> Measured:
        """A like of somebody else's tweet, each of another tweet."""
        return self._engage("likes")

    def do_like_60(self) -> Measured:
        """Each of 60 likes of one tweet, by 60 people, one quickly after another."""
        author = self._person("famous")
        with fixtures.unannounced(self.platform):
            fans = [fixtures.register(self.platform) for _ in range(CROWD + _WARM_UP)]
        tweet, before = fixtures.tweets([author.id] * 2)

        def like(fan: Person, tweet_id: str) -> None:
            fan.ok("POST", f"/2/users/{fan.id}/likes", {"tweet_id": tweet_id})

        with Lockstep(self.platform).running() as workers:
            self._begin()
            for fan in fans[CROWD:]:
                like(fan, before)
            workers.settle()
            self._begin(author)
            for fan in fans[:CROWD]:
                like(fan, tweet)
            workers.settle()
            return _shared(self._taken(), CROWD)

    def do_retweet(self) -> Measured:
        """A retweet of somebody else's tweet, by somebody without followers."""
        return self._engage("retweets")

    def do_follow(self) -> Measured:
        """A follow of a public account, the first within its quarter of an hour."""
        fixtures.full_suggestions()
        with fixtures.unannounced(self.platform):
            targets = fixtures.people(self._runs)
            readers = [fixtures.register(self.platform) for _ in range(self._runs)]

        def follow(number: int) -> None:
            reader, body = readers[number], {"target_user_id": targets[number]}
            reader.ok("POST", f"/2/users/{reader.id}/following", body)

        return self._each(follow, *targets)

    @property
    def _runs(self) -> int:
        return _WARM_UP + self.size.whole

    def _engage(self, what: str) -> Measured:
        author, reader = self._person(f"author of {what}"), self._person(what)
        tweets = fixtures.tweets([author.id] * self._runs)
        path = f"/2/users/{reader.id}/{what}"
        return self._each(lambda n: reader.ok("POST", path, {"tweet_id": tweets[n]}), author)

    def _person(self, name: str) -> Person:
        if name not in self._people:
            self._people[name] = fixtures.register(self.platform)
        return self._people[name]

    def _each(self, act: Act, *known: Person | str) -> Measured:
        """Do something several times to its end; the mean of the later runs.

        Args:
            known: people whose cards the API's process has.
        """
        spent: list[Spent] = []
        with Lockstep(self.platform).running() as workers:
            for number in range(self._runs):
                self._begin(*known)
                act(number)
                workers.settle()
                if number >= _WARM_UP:
                    spent += self._taken()
        return _shared(spent, self.size.whole)

    def _begin(self, *known: Person | str) -> None:
        # Samples and pauses are drawn: the same in every run.
        random.seed(fixtures.SEED)
        profiles.cards([one if isinstance(one, str) else one.id for one in known])
        self.meter.take()

    def _taken(self) -> list[Spent]:
        requests, woken = self.meter.take()
        return [call for request in requests for call in request.calls] + woken


def _shared(spent: list[Spent], count: int) -> Measured:
    """The share of one of so many operations."""
    numbers: dict[str, Any] = totals(spent, count)
    names = sorted({call.handler for call in spent})
    numbers["by_handler"] = {
        name or "request": totals([call for call in spent if call.handler == name], count)
        for name in names
    }
    return Measured(numbers, [str(call) for call in spent])
