"""Engagements with a deleted tweet end, whoever deleted it."""

import pytest

from scripts.base.domain import load_app
from scripts.ops import repair as repairing
from shared.base.process import process
from tests.integration.deletion.deletion_support import (
    End,
    by_author,
    by_erasure,
    by_moderator,
    close_polls,
    delete,
    engage,
    lost,
    metrics,
    told,
    unread,
)
from tests.integration.tweets.tweets_support import ids
from tests.platform import Person, Platform

load_app("tweets")
load_app("notifications")
from chalicelib.notifications.accepting.withdrawals import WithdrawalLimits
from chalicelib.tweets.core.models import ENGAGEMENTS, TWEETS
from chalicelib.tweets.engagement import items
from chalicelib.tweets.posting import items as tweet_items
from chalicelib.tweets.posting.endings import EndingLimits

from shared.base.ids import new_id

pytestmark = pytest.mark.integration


def everything(author: Person, other: Person) -> dict[str, str]:
    """Let another person do everything to a tweet with a closed poll."""
    poll = {"options": ["yes", "no"], "duration_minutes": 5}
    tweet_id = author.tweet(f"hello @{other.username}", poll=poll)
    for what in ("likes", "retweets", "bookmarks"):
        engage(other, what, tweet_id)
    other.ok("POST", f"/1/tweets/{tweet_id}/votes", {"position": 1})
    reply = {"in_reply_to_tweet_id": tweet_id}
    return {"tweet": tweet_id, "reply": other.tweet("an answer", reply=reply)}


@pytest.mark.parametrize("end", [by_author, by_moderator, by_erasure])
def test_counts_and_inboxes_follow_a_deleted_tweet(
    platform: Platform,
    pair: tuple[Person, Person],
    moderator: Person,
    end: End,
) -> None:
    author, other = pair
    kept = other.tweet("stays")
    engage(author, "likes", kept)
    made = everything(author, other)
    close_polls(platform)
    assert sorted(told(author)[1]) == ["like", "poll", "reply", "retweet"]
    assert unread(author) == 4
    assert sorted(told(other)[1]) == ["like", "mention", "poll"]
    before = metrics(other)
    assert (before["like_count"], before["tweet_count"]) == (1, 3)
    with process.limited(EndingLimits(slice_size=1), WithdrawalLimits(1, 1)):
        end(platform, author, moderator, made["tweet"])
    after = metrics(other)
    assert (after["like_count"], after["tweet_count"]) == (0, 2)
    assert ids(other, f"/2/users/{other.id}/tweets?exclude=replies") == [kept]
    assert ids(other, f"/2/users/{other.id}/bookmarks") == []
    # The answer is still there, and so is what its author was told of it.
    assert unread(other) == 1
    assert told(other) == ((0, []) if end is by_erasure else (1, ["like"]))
    if end is not by_erasure:
        assert told(author) == (1, ["reply"])
    for kind in ("like", "retweet", "vote"):
        item = ENGAGEMENTS.get(items.key(other.id, made["tweet"], kind), consistent=True)
        assert item and not item["active"] and "tweet_kind" not in item


def test_an_engagement_after_the_deletion_ends(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, other = pair
    tweet_id = author.tweet("a moment")
    platform.settle(60)
    engage(platform.register(), "likes", tweet_id)
    delete(platform, author, tweet_id)
    # Requests that read the tweet before it was deleted.
    tweet = {"id": tweet_id, "author_id": author.id}
    fields = {"kind": "retweet", "retweeted_tweet_id": tweet_id, "retweeted_user_id": author.id}
    retweet = tweet_items.new(new_id(), {**fields, "author_id": other.id})
    TWEETS.insert(retweet)
    for kind in ("like", "bookmark"):
        assert ENGAGEMENTS.update(*items.begin(other.id, tweet, kind))
    assert ENGAGEMENTS.update(*items.begin(other.id, tweet, "retweet", retweet_id=retweet["id"]))
    platform.settle(60)
    for kind in ("like", "bookmark", "retweet"):
        item = ENGAGEMENTS.get(items.key(other.id, tweet_id, kind), consistent=True)
        assert item and not item["active"]
    assert metrics(other)["like_count"] == 0
    assert told(author) == (0, [])


def test_engagements_with_all_versions_of_a_tweet_end(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, other = pair
    first = author.tweet("one")
    engage(other, "likes", first)
    body = {"text": "two", "edit_options": {"previous_post_id": first}}
    second = author.ok("POST", "/2/tweets", body)["data"]["id"]
    platform.settle(60)
    third = platform.register()
    engage(third, "likes", second)
    platform.settle(60)
    assert told(author)[1] == ["like", "like"]
    delete(platform, author, second)
    assert [metrics(one)["like_count"] for one in (other, third)] == [0, 0]
    assert told(author) == (0, [])


def test_repair_ends_what_a_lost_deletion_left(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, other = pair
    tweet_id = author.tweet("lost")
    engage(other, "likes", tweet_id)
    engage(other, "retweets", tweet_id)
    platform.settle(60)
    with lost(platform, "end_engagements"):
        author.ok("DELETE", f"/2/tweets/{tweet_id}")
    assert (metrics(other)["like_count"], metrics(other)["tweet_count"]) == (1, 1)
    outcome = repairing.repair("users", lag=0, wait=lambda _: platform.settle(60))
    assert not outcome.busy
    platform.settle(60)
    assert (metrics(other)["like_count"], metrics(other)["tweet_count"]) == (0, 0)
