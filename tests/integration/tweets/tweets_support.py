"""Helpers for tests of tweets: lists as ids, relations, caches."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.aws import dynamo
from shared.base.clock import now_ms, now_seconds
from shared.base.config import settings
from shared.contracts.graph import GRAPH
from tests.platform import Person


def ids(person: Person, path: str) -> list[str]:
    """Return the ids of one page."""
    return [one["id"] for one in person.ok("GET", path).get("data", [])]


def walk(person: Person, path: str) -> list[str]:
    """Return the ids of all pages of a list; the path already has a query."""
    seen: list[str] = []
    token = ""
    for _ in range(30):
        body = person.ok("GET", path + (f"&pagination_token={token}" if token else ""))
        page = [one["id"] for one in body.get("data", [])]
        assert body["meta"]["result_count"] == len(page)
        seen += page
        token = body["meta"].get("next_token", "")
        if not token:
            return seen
    raise AssertionError("no last page")


def reading_home(user_ids: Iterable[str], day: int | None = None, **members: Any) -> None:
    """Make users active readers on a day (today): they get pushes."""
    day = now_seconds() // 86_400 if day is None else day
    dynamo.batch_write(
        "rookery-dev-tweets-timelines",
        puts=[
            {"user_id": user_id, "position": 2**63, "active_day": day, "since": 1, **members}
            for user_id in user_ids
        ],
    )


def forget_cached_tweets() -> None:
    """Forget cached heads, tweets and counters, like a new process."""
    from chalicelib.tweets.core import cache

    for one in (cache.heads, cache.tweets, cache.busy_counters):
        one.forget()


@contextmanager
def celebrities_from(followers: int) -> Iterator[None]:
    """Take accounts with so many followers for celebrities."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELEBRITY_FOLLOWERS", str(followers))
        settings.forget()
        yield
    settings.forget()


def mute(user: Person, target: Person) -> None:
    """Let a user mute another, straight in the table."""
    _relate(user, target, "muted")


def block(user: Person, target: Person) -> None:
    """Let a user block another, straight in the table."""
    _relate(user, target, "blocked")
    GRAPH.update({"user_id": target.id}, "ADD #blockers :added", {"added": {user.id}})


def _relate(user: Person, target: Person, flag: str) -> None:
    item = {"user_id": user.id, "target_id": target.id, "version": 1, "updated_at": 1, flag: True}
    dynamo.batch_write("rookery-dev-users-follows", puts=[item])
    # A new version: caches of relations must not outlive the change.
    GRAPH.update({"user_id": user.id}, "SET #version = :now", {"now": now_ms()})
