"""Random histories of four people: every home timeline equals a simple reference model.

The model knows nothing of heads, pushes, modes or rebuilds: a home timeline is what oneself
and those whom one follows have posted. Heads, rebuilds and pages are made so small that a
short history goes past them, and authors are pushed and pulled at random.
"""

import time
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

from tests.integration.tweets_support import reading_home, walk
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

PEOPLE = 4
# Lines of a head, and entries of a rebuild.
SMALL = 4
PAGE = 5
# Posts and deletions commute: so many steps of them are settled together. A follow is
# settled before and after, since promises about it are kept only then.
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
    """What everybody posted, whom they follow, muted and blocked."""

    posts: dict[str, Post] = field(default_factory=dict)
    following: set[tuple[int, int]] = field(default_factory=set)
    muted: set[tuple[int, int]] = field(default_factory=set)
    blocked: set[tuple[int, int]] = field(default_factory=set)

    def post(self, post_id: str, author: int, original: Post | None = None) -> None:
        self.posts[post_id] = Post(post_id, author, original)

    def hides(self, reader: int, author: int) -> bool:
        pair = (reader, author)
        return pair in self.muted or pair in self.blocked or pair[::-1] in self.blocked

    def block(self, reader: int, author: int) -> None:
        self.blocked.add((reader, author))
        self.following -= {(reader, author), (author, reader)}

    def retweet_of(self, author: int, original: Post) -> Post | None:
        found = (p for p in self.posts.values() if p.author == author and p.original is original)
        return next((p for p in found if not p.deleted), None)

    def home(self, reader: int) -> list[Post]:
        def shown(post: Post) -> bool:
            pair = (reader, post.author)
            mine = post.author == reader or pair in self.following
            authors = {post.author, (post.original or post).author}
            return mine and post.shown and not any(self.hides(reader, one) for one in authors)

        return sorted(filter(shown, self.posts.values()), key=lambda p: int(p.id), reverse=True)


def unrepeated(posts: list[Post]) -> list[str]:
    """A page: no retweet beside its original, of several retweets the newest."""
    found: dict[str, str] = {}
    for post in posts:
        name = (post.original or post).id
        if name not in found or post.original is None:
            found[name] = post.id
    return sorted(found.values(), key=int, reverse=True)


def pages(posts: list[Post], size: int) -> list[str]:
    """All pages in a row; each ends where it has its size."""
    shown: list[str] = []
    while posts:
        end = next((n for n in range(1, len(posts)) if len(unrepeated(posts[:n])) == size), None)
        shown += unrepeated(posts[:end])
        posts = posts[end:] if end else []
    return shown


class History(RuleBasedStateMachine):
    """Steps on the platform and on the model; they must agree once events have settled."""

    platform: Platform
    people: list[Person]
    until: float

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.unchecked = 0

    def _some(self, data: Any, actor: int | None = None) -> Post | None:
        """A tweet; for an actor, one by nobody whom a block stands against."""
        shown = [post for post in self.model.posts.values() if post.shown]
        if actor is not None:
            severed = {one for pair in self.model.blocked if actor in pair for one in pair} - {
                actor
            }
            shown = [p for p in shown if not {p.author, (p.original or p).author} & severed]
        if not shown:
            return None
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
        return bool(self._free()) and not self._late()

    def _free(self) -> list[tuple[int, int]]:
        """Pairs of whom one may follow the other and does not."""
        pairs = set(permutations(range(PEOPLE), 2)) - self.model.following
        severed = self.model.blocked
        return sorted(p for p in pairs if p not in severed and p[::-1] not in severed)

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
        reader, author = data.draw(st.sampled_from(self._free()), label="pair")
        self.check()
        self.people[reader].follow(self.people[author])
        self.model.following.add((reader, author))
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

    @precondition(lambda self: not self._late())
    @rule(author=who)
    def switch(self, author: int) -> None:
        """Push whom was pulled, pull whom was pushed."""
        from chalicelib.tweets import head_store, modes

        self.platform.settle()
        user_id = self.people[author].id
        mode = "push" if head_store.read(user_id).mode == "pull" else "pull"
        assert modes.switch(user_id, mode)

    @precondition(lambda self: not self._late())
    @rule(reader=who)
    def lapse(self, reader: int) -> None:
        """Nothing is pushed to a reader who has been away, until the next page is read."""
        from chalicelib.tweets import reader_state

        self.platform.settle()
        state = reader_state.load(self.people[reader].id)
        if state is not None:
            reading_home([state.user_id], day=1, since=state.since, filled_at=state.filled_at,
                         filled_floor=state.filled_floor)  # fmt: skip
            reader_state.reset()

    @precondition(lambda self: not self._late())
    @rule(pair=st.permutations(range(PEOPLE)))
    def mute(self, pair: list[int]) -> None:
        """Mute somebody, or hear of them again."""
        reader, author = pair[:2]
        user, other = self.people[reader], self.people[author]
        if (reader, author) in self.model.muted:
            user.ok("DELETE", f"/2/users/{user.id}/muting/{other.id}")
        else:
            user.ok("POST", f"/2/users/{user.id}/muting", {"target_user_id": other.id})
        self.model.muted ^= {(reader, author)}
        self.unchecked += 1

    @precondition(lambda self: not self._late())
    @rule(pair=st.permutations(range(PEOPLE)))
    def block(self, pair: list[int]) -> None:
        """Block somebody, or let them be."""
        reader, author = pair[:2]
        self.check()
        if (reader, author) in self.model.blocked:
            self.unblock(reader, author)
        else:
            user, other = self.people[reader], self.people[author]
            user.ok("POST", f"/2/users/{user.id}/blocking", {"target_user_id": other.id})
            self.model.block(reader, author)
        self.check()

    def unblock(self, reader: int, author: int) -> None:
        user, other = self.people[reader], self.people[author]
        user.ok("DELETE", f"/2/users/{user.id}/blocking/{other.id}")
        self.model.blocked.discard((reader, author))

    @precondition(_shown)
    @rule(author=who, quotes=st.booleans(), data=st.data())
    def refer(self, author: int, quotes: bool, data: Any) -> None:
        post = self._some(data, author)
        if post is None:
            return
        reference: dict[str, Any] = (
            {"quote_tweet_id": post.id} if quotes else {"reply": {"in_reply_to_tweet_id": post.id}}
        )
        self.model.post(self.people[author].tweet("about that", **reference), author)
        self.unchecked += 1

    @precondition(_shown)
    @rule(author=who, data=st.data())
    def retweet(self, author: int, data: Any) -> None:
        post = self._some(data, author)
        if post is None:
            return
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
        assert post is not None
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
            assert person.home() == unrepeated(expected)
            path = f"/2/users/{person.id}/timelines/reverse_chronological?max_results={PAGE}"
            assert walk(person, path) == pages(expected, PAGE)

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
        for reader, author in self.model.muted:
            user, other = self.people[reader], self.people[author]
            user.ok("DELETE", f"/2/users/{user.id}/muting/{other.id}")
        for reader, author in set(self.model.blocked):
            self.unblock(reader, author)
        self.platform.settle()


def test_home_timelines_equal_the_model(platform: Platform, small_and_at_once: None) -> None:
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
