"""Home timelines between push and pull.

Modes, returns, follows, heads, rebuilds, deep pages.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from scripts.checks.permissions import running
from shared.aws import dynamo, sdk
from shared.base.process import process
from tests.faults import intercepted
from tests.integration.tweets.tweets_support import (
    celebrities_from,
    reading_home,
    walk,
)
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

TIMELINES = "rookery-dev-tweets-timelines"
STATE = 2**63


def pushed(user: Person) -> list[str]:
    """Return ids of the entries pushed to a reader."""
    answer = sdk.client("dynamodb").query(
        TableName=TIMELINES,
        KeyConditionExpression="user_id = :u AND #p < :state",
        ExpressionAttributeNames={"#p": "position"},
        ExpressionAttributeValues={":u": {"S": user.id}, ":state": {"N": str(STATE)}},
    )
    return [raw["position"]["N"] for raw in answer["Items"]]


def test_a_switch_loses_and_doubles_nothing(platform: Platform, at_once: None) -> None:
    from chalicelib.tweets.heads import delivery_modes, store

    author, reader = platform.register(), platform.register()
    reader.follow(author)
    assert reader.home() == []
    platform.settle()
    tweets, ways = [], []
    for mode in ("push", "pull", "push", "pull", "pull"):
        ways.append(delivery_modes.switch(author.id, mode))
        tweets.append(author.tweet(f"by {mode}"))
        platform.settle()
        assert reader.home() == tweets[::-1]
    assert ways == [False, True, True, True, False]
    assert pushed(reader) == [tweets[0], tweets[2]]
    # A late delivery goes the way of its tweet's id, not of the moment.
    head = store.read(author.id)
    assert [head.mode_of(int(one)) for one in tweets] == ["push", "pull", "push", "pull", "pull"]
    gone = tweets.pop(3)
    author.ok("DELETE", f"/2/tweets/{gone}")
    assert reader.home() == tweets[::-1]


def test_a_switch_waits_until_every_reader_knows_of_it(platform: Platform) -> None:
    from chalicelib.tweets.core.announcements import AnnouncementLimits
    from chalicelib.tweets.heads import delivery_modes, store

    author = platform.register()
    assert delivery_modes.switch(author.id, "pull")
    tweet_id = int(author.tweet("still pushed"))
    head = store.read(author.id)
    assert head.mode == "pull"
    assert head.mode_of(tweet_id) == "push"
    assert head.mode_of(tweet_id + (AnnouncementLimits().lead_ms << 22)) == "pull"


def test_a_returning_reader_never_finds_an_empty_home(platform: Platform, at_once: None) -> None:
    from chalicelib.tweets.core.models import AuthorHead
    from chalicelib.tweets.timelines import push_targets, reader_state, rebuild
    from chalicelib.tweets.timelines.rebuild import RebuildLimits

    authors, reader = [platform.register() for _ in range(3)], platform.register()
    for author in authors:
        reader.follow(author)
    reader.home()
    reading_home([reader.id], day=1)
    push_targets.forget()
    missed = [author.tweet("while you were away") for author in authors]
    platform.settle()
    assert pushed(reader) == []
    assert reader.home() == missed[::-1]
    for _ in range(2):
        with running("tweets", "keep_timelines"):
            rebuild.rebuild(reader.id)
        # The second finds an author without a head, as those of long ago are.
        AuthorHead(authors[0].id).delete()
    assert pushed(reader) == missed
    state = reader_state.load(reader.id)
    assert state is not None and state.filled_at >= state.since
    assert all(state.covered_from(0, state.filled_at) == 1 for _ in authors)
    again = authors[0].tweet("welcome back")
    platform.settle()
    assert pushed(reader) == [*missed, again]
    assert reader.home() == [again, *missed[::-1]]
    assert len(authors) < RebuildLimits().heads


def test_a_page_of_many_heads_asks_for_a_rebuild(platform: Platform, at_once: None) -> None:
    from chalicelib.tweets.timelines.rebuild import RebuildLimits

    author, reader = platform.register(), platform.register()
    tweet_id = author.tweet("before")
    reader.follow(author)
    platform.settle()
    with process.limited(replace(process.limits(RebuildLimits), heads=0)):
        for _ in range(2):
            assert reader.home() == [tweet_id]
    platform.settle()
    assert pushed(reader) == [tweet_id]


def test_the_newest_of_whom_one_follows_are_there_at_once(platform: Platform) -> None:
    author, reader = platform.register(), platform.register()
    older = [author.tweet(f"{n}") for n in range(3)]
    platform.settle()
    reader.home()
    reader.follow(author)
    assert reader.home() == older[::-1]
    reader.ok("DELETE", f"/2/users/{reader.id}/following/{author.id}")
    assert reader.home() == []


def test_own_tweets_are_there_before_any_worker_has_seen_them(platform: Platform) -> None:
    writer = platform.register()
    for number in range(3):
        tweet_id = writer.tweet(f"mine {number}")
        assert writer.home()[0] == tweet_id


def test_pages_go_on_below_the_heads(platform: Platform, small_and_at_once: None) -> None:
    from chalicelib.tweets.heads import delivery_modes
    from chalicelib.tweets.timelines.head_skeletons import DepthLimits

    authors, reader = [platform.register() for _ in range(2)], platform.register()
    for author in authors:
        delivery_modes.switch(author.id, "pull")
        reader.follow(author)
    tweets = [authors[number % 3 // 2].tweet(f"{number}") for number in range(18)]
    platform.settle()
    path = f"/2/users/{reader.id}/timelines/reverse_chronological?max_results=3"
    assert walk(reader, path) == tweets[::-1]
    assert pushed(reader) == []
    # A page that has read all the indexes it may ends; the next one goes on.
    with process.limited(DepthLimits(queries=len(authors))):
        assert walk(reader, path) == tweets[::-1]
    # Where not even a page of its own could, the timeline ends, and what it showed has no gaps.
    with process.limited(DepthLimits(queries=len(authors) - 1)):
        shown = walk(reader, path)
    assert 4 <= len(shown) < len(tweets)
    assert shown == tweets[: -len(shown) - 1 : -1]


def test_retweets_appear_once_a_page(platform: Platform) -> None:
    author, reader = platform.register(), platform.register()
    fans = [platform.register() for _ in range(2)]
    original = author.tweet("said once")
    retweets = [
        fan.ok("POST", f"/2/users/{fan.id}/retweets", {"tweet_id": original})["data"]["rest_id"]
        for fan in fans
    ]
    for fan in fans:
        reader.follow(fan)
    platform.settle()
    assert reader.home() == [retweets[1]]
    reader.follow(author)
    assert reader.home() == [original]
    path = f"/2/users/{reader.id}/timelines/reverse_chronological?max_results=1"
    assert walk(reader, path) == [*retweets[::-1], original]
    assert reader.home("?exclude=retweets") == [original]


def test_a_count_past_the_bound_is_pulled(platform: Platform, at_once: None) -> None:
    from chalicelib.tweets.heads import store
    from chalicelib.tweets.timelines import delivery_review

    author, fan, other = (platform.register() for _ in range(3))
    with celebrities_from(1):
        delivery_review.followers_seen.clear()
        fan.follow(author)
        platform.settle()
        # The event of a follow may overtake its count, and a count is kept for a minute.
        delivery_review.followers_seen.clear()
        other.follow(author)
        platform.settle()
    assert store.read(author.id).mode == "pull"


def test_authors_are_judged_by_what_their_readers_do(platform: Platform, at_once: None) -> None:
    from chalicelib.tweets.heads import store
    from chalicelib.tweets.timelines import delivery_review
    from chalicelib.tweets.timelines.audience import AudienceLimits

    loud, loved = platform.register(), platform.register()
    readers = [platform.register() for _ in range(2)]
    for author in (loud, loved):
        for reader in readers:
            reader.follow(author)
    for number in range(12):
        loud.tweet(f"{number}")
    loved.tweet("seldom")
    reading_home([reader.id for reader in readers], mean_reads=300, reads_day=1)
    platform.settle()
    head = store.read(loud.id)
    with running("tweets", "keep_timelines"):
        delivery_review.review(head, 2)
    assert store.read(loud.id).mode == "pull"
    reading_home([reader.id for reader in readers], mean_reads=40_000, reads_day=1)
    modes = []
    # A sample each day, however clear the decision is.
    with process.limited(AudienceLimits(price=0, clear=10**9)):
        for _ in range(5):
            with running("tweets", "keep_timelines"):
                delivery_review.review(store.read(loud.id), 2)
            modes.append(store.read(loud.id).mode)
    # One sample weighs little: chance must not switch anybody.
    assert (modes[0], modes[-1]) == ("pull", "push")
    for segment in range(4):
        delivery_review.review_page({"kind": "review", "of": 4, "segment": segment})
    assert store.read(loved.id).mode == "push"


def test_authors_are_judged_slice_by_slice(platform: Platform) -> None:
    from chalicelib.tweets.core.models import AuthorHead
    from chalicelib.tweets.timelines import delivery_review
    from chalicelib.tweets.timelines.delivery_review import ReviewLimits

    for author in (platform.register(), platform.register()):
        author.tweet("one")
    platform.settle()
    reviewed: list[str] = []
    authors = sorted(head.author_id for head in AuthorHead.scan())

    def note(params: dict[str, Any]) -> None:
        # A review begins with the followers' counters of a page of authors.
        keys = params["RequestItems"].get("rookery-dev-users-counters", {"Keys": []})["Keys"]
        reviewed.extend(key["id"]["S"] for key in keys)

    # A page is less than a segment: the rest is a message of its own.
    limits = ReviewLimits(slices=1, segments=1, page=len(authors) // 2 + 1)
    with process.limited(limits), intercepted("dynamodb", "BatchGetItem", note):
        with running("tweets", "judge_authors"):
            delivery_review.request_slice(datetime(2026, 1, 1, tzinfo=UTC))
        platform.settle()
    assert sorted(reviewed) == authors


def test_entries_of_whom_one_left_are_cleared(platform: Platform, at_once: None) -> None:
    author, reader = platform.register(), platform.register()
    reader.home()
    reader.follow(author)
    platform.settle()
    tweet_id = author.tweet("for my followers")
    platform.settle()
    assert pushed(reader) == [tweet_id]
    reader.ok("DELETE", f"/2/users/{reader.id}/following/{author.id}")
    platform.settle()
    assert pushed(reader) == []
    reader.follow(author)
    assert reader.home() == [tweet_id]


@pytest.mark.parametrize("when", ["before", "amid"])
def test_a_tweet_deleted_during_its_fan_out_ends_nowhere(
    platform: Platform, at_once: None, when: str
) -> None:
    from chalicelib.tweets.core import visibility
    from chalicelib.tweets.timelines import fanout

    author, reader = platform.register(), platform.register()
    reader.home()
    reader.follow(author)
    platform.settle()
    tweet_id = author.tweet("never mind")
    platform.settle()
    delivery: dict[str, Any] = {
        "remove": False, "tweet_id": tweet_id, "author_id": author.id, "kind": "tweet",
        "retweeted_tweet_id": None,
    }  # fmt: skip
    overtaken: list[str] = []

    def overtake(_: dict[str, Any]) -> None:
        if not overtaken:
            # The deletion and its own removal come before the first write.
            overtaken.append(tweet_id)
            author.ok("DELETE", f"/2/tweets/{tweet_id}")
            platform.settle()

    if when == "amid":
        with intercepted("dynamodb", "BatchWriteItem", overtake):
            fanout.deliver(delivery, [reader.id])
        assert overtaken
    else:
        author.ok("DELETE", f"/2/tweets/{tweet_id}")
        platform.settle()
        # Entry of a worker that died before its second look.
        entry = {"user_id": reader.id, "position": int(tweet_id), "author_id": author.id}
        dynamo.batch_write(TIMELINES, [entry])
        fanout.deliver(delivery, [reader.id])
    assert visibility.load_tweet(tweet_id) is None
    assert pushed(reader) == []
