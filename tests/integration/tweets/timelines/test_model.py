"""Random histories of four users against a simple reference model.

The model knows nothing of heads, pushes, modes or rebuilds: a home timeline holds the posts of
the reader and of followed authors. Heads, rebuilds and pages are made so small that a
short history goes past them, and authors are pushed and pulled at random. First pages are
small: below what was pushed, every page reads heads, which would hide what a push has lost.
"""

import os
import time
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

from shared.aws.table import Table
from tests.integration.tweets.timelines.timeline_model import Model, Post, pages, unrepeated
from tests.integration.tweets.tweets_support import walk
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

TIMELINES: Table[Any] = Table("rookery-dev-tweets-timelines", "user_id", "position")
PEOPLE = 4
FIRST, PAGE = 2, 5
# Posts and deletions commute: so many steps of them are checked together. The platform settles
# before a change of a relation or a mode, since its promises hold only then; a check follows.
BATCH = 2
# The machine decides how many histories fit: after this long the platform is left alone. What
# is drawn stays the same, or hypothesis would call the histories inconsistent.
SECONDS, HISTORIES = (120, 80) if os.environ.get("SCALE") == "full" else (10, 8)
who = st.integers(0, PEOPLE - 1)
some = st.lists(who, min_size=2, max_size=4)
pairs = list(permutations(range(PEOPLE), 2))


class History(RuleBasedStateMachine):
    """Steps on the platform and the model; both agree once settled."""

    platform: Platform
    until: float

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.people: list[Person] = []
        self.unchecked = self.checks = 0

    @property
    def live(self) -> bool:
        """True while there is time left for the platform."""
        return time.monotonic() < self.until

    def _shown(self) -> bool:
        return any(post.shown for post in self.model.posts.values())

    def _retweets(self) -> list[Post]:
        return [post for post in self.model.posts.values() if post.shown and post.original]

    def _free(self) -> list[tuple[int, int]]:
        """Return pairs of users of which one may follow the other."""
        free = set(pairs) - self.model.following
        severed = self.model.blocked
        return sorted(p for p in free if p not in severed and p[::-1] not in severed)

    def _some(self, data: Any, actor: int | None = None) -> Post | None:
        """Draw a tweet; for an actor, by an author without a block between."""
        shown = [post for post in self.model.posts.values() if post.shown]
        if actor is not None:
            severed = {one for pair in self.model.blocked if actor in pair for one in pair}
            severed -= {actor}
            shown = [p for p in shown if not {p.author, (p.original or p).author} & severed]
        if not shown:
            return None
        post: Post = data.draw(st.sampled_from(shown), label="tweet")
        return post

    @initialize(
        following=st.sets(st.sampled_from(pairs), min_size=7),
        pulled=st.sets(who, max_size=2),
        authors=st.lists(who, min_size=8, max_size=12),
        retweets=st.lists(st.tuples(who, st.integers(0, 7)), min_size=1, max_size=3),
    )
    def begin(
        self,
        following: set[tuple[int, int]],
        pulled: set[int],
        authors: list[int],
        retweets: list[tuple[int, int]],
    ) -> None:
        """Follows come before tweets, so that there is something that was pushed."""
        if self.live:
            self.people = [self.platform.register() for _ in range(PEOPLE)]
            for reader, author in sorted(following):
                self.people[reader].follow(self.people[author])
            self._switch(pulled)
            for person in self.people:
                assert person.home() == []
        self.model.following |= following
        self.tweet(authors)
        posts = list(self.model.posts.values())
        for author, number in retweets:
            self._retweet(author, posts[number])
        self.check()

    @rule(authors=some)
    def tweet(self, authors: list[int]) -> None:
        for author in authors:
            self._post(author)
        self.unchecked += 1

    def _post(self, author: int, **members: Any) -> None:
        newest = max(map(int, self.model.posts), default=0)
        live = self.live
        post_id = self.people[author].tweet("something", **members) if live else str(newest + 1)
        self.model.post(post_id, author)

    @precondition(lambda self: self._free())
    @rule(data=st.data())
    def follow(self, data: Any) -> None:
        self._follow(*data.draw(st.sampled_from(self._free()), label="pair"))

    def _follow(self, reader: int, author: int) -> None:
        if self.live:
            self.platform.settle()
            self.people[reader].follow(self.people[author])
        self.model.following.add((reader, author))
        self.check(reader)

    @precondition(lambda self: self.model.following)
    @rule(data=st.data())
    def unfollow(self, data: Any) -> None:
        self._unfollow(*data.draw(st.sampled_from(sorted(self.model.following)), label="pair"))

    def _unfollow(self, reader: int, author: int) -> None:
        if self.live:
            self.platform.settle()
            user, other = self.people[reader], self.people[author].id
            user.ok("DELETE", f"/2/users/{user.id}/following/{other}")
        self.model.following.discard((reader, author))
        self.check(reader)

    @rule(author=who, before=some)
    def switch(self, author: int, before: list[int]) -> None:
        """Switch an author's mode; the newest tweet goes the new way."""
        if self.live:
            self._switch({author})
        self.tweet([*before, author])
        self.check()

    def _switch(self, authors: set[int]) -> None:
        from chalicelib.tweets.heads import delivery_modes, store

        self.platform.settle()
        for author in sorted(authors):
            user_id = self.people[author].id
            assert delivery_modes.switch(user_id, Model.next_mode(store.read(user_id).mode))

    @rule(reader=who, meanwhile=some)
    def lapse(self, reader: int, meanwhile: list[int]) -> None:
        """Push nothing to an absent reader until the next page is read."""
        from chalicelib.tweets.timelines import push_targets

        if self.live:
            self.platform.settle()
            self._set_state(reader, active_day=1)
            push_targets.forget()
        self.tweet(meanwhile)
        self.check(reader)

    @rule(reader=who, pages=st.sampled_from([0, 100]), meanwhile=some)
    def pace(self, reader: int, pages: int, meanwhile: list[int]) -> None:
        """Let a reader open few or many pages per day, from the next page on."""
        if self.live:
            self.platform.settle()
            yesterday = int(time.time()) // 86_400 - 1
            self._set_state(reader, active_day=yesterday, mean_reads=pages * 100)
        for _ in range(2):
            self.tweet(meanwhile)
            self.check(reader)

    def _set_state(self, reader: int, **numbers: int) -> None:
        key = {"user_id": self.people[reader].id, "position": 2**63}
        TIMELINES.update(key, "SET " + ", ".join(f"#{n} = :{n}" for n in numbers), numbers)

    @rule(pair=st.sampled_from(pairs))
    def mute(self, pair: tuple[int, int]) -> None:
        """Mute or unmute."""
        if self.live:
            user, other = (self.people[one] for one in pair)
            if pair in self.model.muted:
                user.ok("DELETE", f"/2/users/{user.id}/muting/{other.id}")
            else:
                user.ok("POST", f"/2/users/{user.id}/muting", {"target_user_id": other.id})
        self.model.muted ^= {pair}
        self.check(pair[0])

    @rule(pair=st.sampled_from(pairs))
    def block(self, pair: tuple[int, int]) -> None:
        """Block or unblock."""
        unblocks = pair in self.model.blocked
        if self.live:
            user, other = (self.people[one] for one in pair)
            self.platform.settle()
            if unblocks:
                user.ok("DELETE", f"/2/users/{user.id}/blocking/{other.id}")
            else:
                user.ok("POST", f"/2/users/{user.id}/blocking", {"target_user_id": other.id})
        if unblocks:
            self.model.blocked.discard(pair)
        else:
            self.model.block(*pair)
        self.check(pair[0])

    @precondition(_shown)
    @rule(author=who, quotes=st.booleans(), data=st.data())
    def refer(self, author: int, quotes: bool, data: Any) -> None:
        post = self._some(data, author)
        if post is None:
            return
        if quotes:
            self._post(author, quote_tweet_id=post.id)
        else:
            self._post(author, reply={"in_reply_to_tweet_id": post.id})
        self.unchecked += 1

    @precondition(_shown)
    @rule(author=who, data=st.data())
    def retweet(self, author: int, data: Any) -> None:
        if post := self._some(data, author):
            self._retweet(author, post)

    def _retweet(self, author: int, post: Post) -> None:
        original = post.original or post
        known = self.model.retweet_of(author, original)
        retweet_id = known.id if known else str(max(map(int, self.model.posts)) + 1)
        if self.live:
            path = f"/2/users/{self.people[author].id}/retweets"
            answer = self.people[author].ok("POST", path, {"tweet_id": post.id})["data"]
            assert known is None or answer["rest_id"] == known.id
            retweet_id = answer["rest_id"]
        if known is None:
            self.model.post(retweet_id, author, original)
        self.unchecked += 1

    @precondition(lambda self: self._retweets())
    @rule(by_retweet=st.booleans(), data=st.data())
    def undo(self, by_retweet: bool, data: Any) -> None:
        post = data.draw(st.sampled_from(self._retweets()), label="retweet")
        if self.live:
            person, named = self.people[post.author], post.id if by_retweet else post.original.id
            person.ok("DELETE", f"/2/users/{person.id}/retweets/{named}")
        post.deleted = True
        self.unchecked += 1

    @precondition(_shown)
    @rule(data=st.data())
    def delete(self, data: Any) -> None:
        post = self._some(data)
        assert post is not None
        self._delete(post)

    def _delete(self, post: Post) -> None:
        if self.live:
            self.people[post.author].ok("DELETE", f"/2/tweets/{post.id}")
        post.deleted = True
        self.unchecked += 1

    @invariant()
    def homes_agree(self) -> None:
        if self.unchecked >= BATCH:
            self.check()

    def check(self, focus: int | None = None) -> None:
        """Settle, and compare home timelines; of one reader all pages."""
        self.unchecked = 0
        self.checks += 1
        if not self.live:
            return
        self.platform.settle()
        focus = self.checks % PEOPLE if focus is None else focus
        for reader, person in enumerate(self.people):
            expected = self.model.home(reader)
            first = next(iter(pages(expected, FIRST)), [])
            assert person.home(f"?max_results={FIRST}") == first
            if reader == focus:
                assert person.home() == unrepeated(expected)
                path = f"/2/users/{person.id}/timelines/reverse_chronological?max_results={PAGE}"
                assert walk(person, path) == [one for page in pages(expected, PAGE) for one in page]

    def teardown(self) -> None:
        self.check()


@pytest.fixture
def history(platform: Platform, small_and_at_once: None) -> type[History]:
    class Run(History):
        pass

    Run.platform, Run.until = platform, time.monotonic() + SECONDS
    return Run


def test_a_history_of_everything_equals_the_model(history: type[History]) -> None:
    """One of each step, in case random histories lack one."""
    history.until = float("inf")
    one = history()
    one.begin(set(pairs) - {(3, 0)}, {1}, [1, 2, 3, 0, 1, 2, 3, 0], [(2, 0), (3, 1)])
    for _ in range(2):
        one.mute((0, 2))
    one.switch(2, [3, 0, 3])
    one.switch(1, [3, 0, 3])
    one.lapse(0, [2, 3, 3, 3])
    for amount, author in ((100, 2), (0, 1), (100, 2)):
        one.pace(0, amount, [1, 2])
        one.switch(author, [3])
    one._delete(list(one.model.posts.values())[-1])
    one.block((0, 2))
    one._follow(3, 0)
    one._unfollow(0, 3)
    one.check(0)
    one._follow(0, 3)
    one.teardown()


def test_home_timelines_equal_the_model(history: type[History]) -> None:
    run_state_machine_as_test(
        history,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=20,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
