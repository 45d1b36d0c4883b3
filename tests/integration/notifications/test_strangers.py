"""Engagements of hidden people stay out of the inboxes of strangers."""

import pytest

from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


def heard(person: Person) -> dict[str, set[str]]:
    """Types of an inbox's entries by actor, all of them unread."""
    page = person.ok("GET", "/1/notifications/inbox?max_results=100")
    found: dict[str, set[str]] = {}
    for one in page.get("data", ()):
        found.setdefault(one["actor"]["id"], set()).add(one["type"])
    assert page["meta"]["unread_count"] == len(page.get("data", ()))
    return found


def engage(actor: Person, author: Person, tweet_id: str) -> None:
    actor.ok("POST", f"/2/users/{actor.id}/likes", {"tweet_id": tweet_id})
    actor.ok("POST", f"/2/users/{actor.id}/retweets", {"tweet_id": tweet_id})
    actor.tweet("an answer", reply={"in_reply_to_tweet_id": tweet_id})
    actor.tweet("look", quote_tweet_id=tweet_id)
    actor.tweet(f"for @{author.username}")


def test_strangers_who_are_protected_reach_nobody(platform: Platform) -> None:
    author, stranger, known, muted = (platform.register() for _ in range(4))
    for one in (stranger, known, muted):
        one.ok("PATCH", "/1/accounts/me", {"protected": True})
    author.ok("POST", f"/2/users/{author.id}/following", {"target_user_id": known.id})
    known.ok("POST", f"/1/follow_requests/{author.id}/approve")
    author.ok("POST", f"/2/users/{author.id}/muting", {"target_user_id": muted.id})
    tweet_id = author.tweet("to all")
    platform.settle()
    for one in (stranger, known, muted):
        engage(one, author, tweet_id)
    stranger.follow(author)
    platform.settle()
    everything = {"like", "retweet", "reply", "quote", "mention"}
    assert heard(author) == {known.id: everything, stranger.id: {"follow"}}


def test_the_blocked_reach_nobody(platform: Platform) -> None:
    author, blocked, open_ = (platform.register() for _ in range(3))
    tweet_id = author.tweet("to all")
    platform.settle()
    author.ok("POST", f"/2/users/{author.id}/blocking", {"target_user_id": blocked.id})
    # A mention is the one thing that the blocked can still do.
    blocked.tweet(f"for @{author.username}")
    engage(open_, author, tweet_id)
    platform.settle()
    assert set(heard(author)) == {open_.id}
