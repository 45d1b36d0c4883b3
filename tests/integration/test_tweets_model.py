"""Random histories of four people: every home timeline equals a simple reference model."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.integration.tweets_support import walk
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

# Small, so that a short history passes it.
BACKFILL = 4
PEOPLE = 4
# Posts and deletions commute: so many steps of them are settled together. A follow is
# settled before and after, since what it brings depends on what was there.
BATCH = 4
# The machine decides how many histories fit: after this long nothing more is done.
SECONDS = 14
who = st.integers(0, PEOPLE - 1)


@dataclass
class Post:
    """A tweet of the model; for a retweet, ``original`` is what it repeats."""

    id: str
    author: int
    original: "Post | None" = None
    deleted: bool = False

    @property
    def shown(self) -> bool:
        return not self.deleted and (self.original is None or not self.original.deleted)


@dataclass
class Model:
    """What everybody posted, follows, and was delivered (by id)."""

    posts: dict[str, Post] = field(default_factory=dict)
    following: set[tuple[int, int]] = field(default_factory=set)
    delivered: list[set[str]] = field(default_factory=lambda: [set() for _ in range(PEOPLE)])

    def post(self, post_id: str, author: int, original: Post | None = None) -> None:
        self.posts[post_id] = Post(post_id, author, original)
        for reader in range(PEOPLE):
            if (reader, author) in self.following:
                self.delivered[reader].add(post_id)

    def follow(self, reader: int, author: int) -> None:
        if (reader, author) in self.following:
            return
        self.following.add((reader, author))
        alive = [p.id for p in self.posts.values() if p.author == author and not p.deleted]
        self.delivered[reader] |= set(sorted(alive, key=int)[-BACKFILL:])

    def retweet_of(self, author: int, original: Post) -> Post | None:
        found = (p for p in self.posts.values() if p.author == author and p.original is original)
        return next((p for p in found if not p.deleted), None)

    def home(self, reader: int) -> list[str]:
        seen = [
            post.id
            for post in self.posts.values()
            if post.shown
            and (
                post.author == reader
                or ((reader, post.author) in self.following and post.id in self.delivered[reader])
            )
        ]
        return sorted(seen, key=int, reverse=True)


class History(RuleBasedStateMachine):
    """Steps on the platform and on the model; they must agree once events have settled."""

    platform: Platform
    people: list[Person]
    until: float

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.unchecked = 0

    def _some(self, data: Any) -> Post:
        shown = [post for post in self.model.posts.values() if post.shown]
        post: Post = data.draw(st.sampled_from(shown), label="tweet")
        return post

    def _shown(self) -> bool:
        return any(post.shown for post in self.model.posts.values()) and not self._late()

    def _followed(self) -> bool:
        return bool(self.model.following) and not self._late()

    def _late(self) -> bool:
        return time.monotonic() > self.until

    def _retweets(self) -> bool:
        found = (post for post in self.model.posts.values() if post.shown and post.original)
        return any(found) and not self._late()

    def _strangers(self) -> bool:
        return len(self.model.following) < PEOPLE * (PEOPLE - 1) and not self._late()

    @initialize(authors=st.lists(who, min_size=6, max_size=12))
    def begin(self, authors: list[int]) -> None:
        self.tweet(authors)

    @rule(authors=st.lists(who, min_size=1, max_size=4))
    def tweet(self, authors: list[int]) -> None:
        for author in () if self._late() else authors:
            self.model.post(self.people[author].tweet("something"), author)
        self.unchecked += 1

    @precondition(_strangers)
    @rule(data=st.data())
    def follow(self, data: Any) -> None:
        everybody = set(permutations(range(PEOPLE), 2))
        strangers = sorted(everybody - self.model.following)
        reader, author = data.draw(st.sampled_from(strangers), label="pair")
        self.check()
        self.people[reader].follow(self.people[author])
        self.model.follow(reader, author)
        self.check()

    @precondition(_followed)
    @rule(data=st.data())
    def unfollow(self, data: Any) -> None:
        reader, author = data.draw(st.sampled_from(sorted(self.model.following)), label="pair")
        self.check()
        user, other = self.people[reader].id, self.people[author].id
        self.people[reader].ok("DELETE", f"/2/users/{user}/following/{other}")
        self.model.following.discard((reader, author))
        self.check()

    @precondition(_shown)
    @rule(author=who, quotes=st.booleans(), data=st.data())
    def refer(self, author: int, quotes: bool, data: Any) -> None:
        post = self._some(data)
        reference: dict[str, Any] = (
            {"quote_tweet_id": post.id} if quotes else {"reply": {"in_reply_to_tweet_id": post.id}}
        )
        self.model.post(self.people[author].tweet("about that", **reference), author)
        self.unchecked += 1

    @precondition(_shown)
    @rule(author=who, data=st.data())
    def retweet(self, author: int, data: Any) -> None:
        post = self._some(data)
        original = post.original or post
        person, known = self.people[author], self.model.retweet_of(author, original)
        answer = person.ok("POST", f"/2/users/{person.id}/retweets", {"tweet_id": post.id})["data"]
        if known is None:
            self.model.post(answer["rest_id"], author, original)
        else:
            assert answer["rest_id"] == known.id
        self.unchecked += 1

    @precondition(_retweets)
    @rule(by_retweet=st.booleans(), data=st.data())
    def undo(self, by_retweet: bool, data: Any) -> None:
        retweets = [p for p in self.model.posts.values() if p.shown and p.original]
        post = data.draw(st.sampled_from(retweets), label="retweet")
        person, named = self.people[post.author], post.id if by_retweet else post.original.id
        person.ok("DELETE", f"/2/users/{person.id}/retweets/{named}")
        post.deleted = True
        self.unchecked += 1

    @precondition(_shown)
    @rule(data=st.data())
    def delete(self, data: Any) -> None:
        post = self._some(data)
        self.people[post.author].ok("DELETE", f"/2/tweets/{post.id}")
        post.deleted = True
        self.unchecked += 1

    @invariant()
    def homes_agree(self) -> None:
        if self.unchecked >= BATCH and not self._late():
            self.check()

    def check(self) -> None:
        """Settle, and compare every home timeline with the model."""
        self.platform.settle()
        self.unchecked = 0
        for reader, person in enumerate(self.people):
            expected = self.model.home(reader)
            assert person.home() == expected
            path = f"/2/users/{person.id}/timelines/reverse_chronological?max_results=5"
            assert walk(person, path) == expected

    def teardown(self) -> None:
        """Check once more, and leave nothing that the next history could see."""
        if not self.model.posts:
            return
        self.check()
        for post in self.model.posts.values():
            if not post.deleted:
                self.people[post.author].ok("DELETE", f"/2/tweets/{post.id}")
        for reader, author in self.model.following:
            user, other = self.people[reader], self.people[author]
            user.ok("DELETE", f"/2/users/{user.id}/following/{other.id}")
        self.platform.settle()


@pytest.fixture
def small_backfill(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(platform.modules["tweets"].fanout, "BACKFILL_SIZE", BACKFILL)
    yield


def test_home_timelines_equal_the_model(platform: Platform, small_backfill: None) -> None:
    people = [platform.register() for _ in range(PEOPLE)]

    class Run(History):
        pass

    Run.platform, Run.people, Run.until = platform, people, time.monotonic() + SECONDS
    run_state_machine_as_test(
        Run,
        settings=settings(
            max_examples=8,
            stateful_step_count=20,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
