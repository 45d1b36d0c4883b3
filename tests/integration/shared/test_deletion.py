"""Everything that points at a tweet or list hears of its end.

Whoever ended it: its author, a moderator, an erasure, or an undone retweet.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from scripts.base.domain import load_app
from scripts.ops import repair as repairing
from shared.base.clock import now_ms
from shared.base.process import process
from tests.integration.tweets.tweets_support import forget_cached_tweets, ids
from tests.integration.users.moderation.test_moderation import WHY, staff
from tests.platform import PASSWORD, Person, Platform

load_app("tweets")
load_app("notifications")
from chalicelib.notifications.accepting.withdrawals import WithdrawalLimits
from chalicelib.tweets.core.models import ENGAGEMENTS, LISTS
from chalicelib.tweets.engagement import items
from chalicelib.tweets.posting.endings import EndingLimits

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def moderator(platform: Platform) -> Person:
    return staff(platform, "moderator")


@pytest.fixture
def pair(platform: Platform) -> tuple[Person, Person]:
    return platform.register(), platform.register()


def engage(person: Person, what: str, tweet_id: str) -> None:
    person.ok("POST", f"/2/users/{person.id}/{what}", {"tweet_id": tweet_id})


def told(person: Person) -> tuple[int, list[str]]:
    """Unread count, and types of the entries about tweets."""
    body = person.ok("GET", "/1/notifications/inbox")
    return body["meta"]["unread_count"], [one["type"] for one in body.get("data", [])]


def unread(person: Person) -> int:
    """Stored unread count, which no page has read."""
    from chalicelib.notifications.inbox import entries

    return entries.counter(person.id)[0]


def metrics(person: Person) -> dict[str, int]:
    shown: dict[str, int] = person.ok("GET", "/2/users/me?user.fields=public_metrics")["data"][
        "public_metrics"
    ]
    return shown


def delete(platform: Platform, person: Person, tweet_id: str) -> None:
    assert person.call("DELETE", f"/2/tweets/{tweet_id}").status == 200
    platform.settle(60)
    forget_cached_tweets()


@contextmanager
def lost(platform: Platform, *names: str) -> Iterator[None]:
    """Lose what handlers of streams and queues get until the block ends."""
    sources = [
        reader.source
        for pump in platform.pumps
        for reader in (*pump.streams, *pump.queues)
        if reader.source.name in names
    ]
    assert len(sources) == len(names)
    kept = [source.handler for source in sources]
    for source in sources:
        source.handler = lambda event, context: None
    try:
        yield
        platform.settle(60)
    finally:
        for source, handler in zip(sources, kept, strict=True):
            source.handler = handler


def everything(author: Person, other: Person) -> dict[str, str]:
    """Let another person do everything to a tweet with a closed poll."""
    poll = {"options": ["yes", "no"], "duration_minutes": 5}
    tweet_id = author.tweet(f"hello @{other.username}", poll=poll)
    for what in ("likes", "retweets", "bookmarks"):
        engage(other, what, tweet_id)
    other.ok("POST", f"/1/tweets/{tweet_id}/votes", {"position": 1})
    reply = {"in_reply_to_tweet_id": tweet_id}
    return {"tweet": tweet_id, "reply": other.tweet("an answer", reply=reply)}


def close_polls(platform: Platform) -> None:
    tweets = next(pump for pump in platform.pumps if pump.domain == "tweets")
    with process.clock.ahead(301):
        tweets.fire("ring_timers")
        platform.settle(60)


def by_author(platform: Platform, author: Person, moderator: Person, tweet_id: str) -> None:
    delete(platform, author, tweet_id)


def by_moderator(platform: Platform, author: Person, moderator: Person, tweet_id: str) -> None:
    moderator.ok("POST", f"/1/admin/tweets/{tweet_id}/remove", {"category": "spam", **WHY})
    platform.settle(60)


def by_erasure(platform: Platform, author: Person, moderator: Person, tweet_id: str) -> None:
    from chalicelib.users.leaving import departures

    with process.limited(departures.DepartureLimits(grace_ms=-1000)):
        author.ok("DELETE", "/1/accounts/me", {"password": PASSWORD})
        users = next(pump for pump in platform.pumps if pump.domain == "users")
        assert users.fire("remove_accounts") >= 1
        platform.settle(60)


@pytest.mark.parametrize("end", [by_author, by_moderator, by_erasure])
def test_counts_and_inboxes_follow_a_deleted_tweet(
    platform: Platform,
    pair: tuple[Person, Person],
    moderator: Person,
    end: Callable[[Platform, Person, Person, str], None],
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


@pytest.mark.parametrize("kind", ["reply", "quote", "mention", "retweet"])
def test_what_a_tweet_told_others_is_withdrawn_read_or_not(
    platform: Platform, pair: tuple[Person, Person], kind: str
) -> None:
    author, other = pair
    first, second = (author.tweet(f"number {number}") for number in (1, 2))

    def make(tweet_id: str) -> str:
        match kind:
            case "reply":
                return other.tweet("so", reply={"in_reply_to_tweet_id": tweet_id})
            case "quote":
                return other.tweet("so", quote_tweet_id=tweet_id)
            case "mention":
                return other.tweet(f"so @{author.username} {tweet_id}")
            case _:
                body = {"tweet_id": tweet_id}
                made = other.ok("POST", f"/2/users/{other.id}/retweets", body)
                return str(made["data"]["rest_id"])

    made = [make(first), make(second)]
    platform.settle(60)
    assert told(author) == (2, [kind, kind])
    delete(platform, other, made[0])
    assert (unread(author), told(author)) == (1, (1, [kind]))
    author.ok("POST", "/1/notifications/inbox/read", {"all": True})
    delete(platform, other, made[1])
    assert (unread(author), told(author)) == (0, (0, []))


def test_an_undone_retweet_withdraws_its_notification_only(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, other = pair
    tweet_id = author.tweet("once more")
    engage(other, "retweets", tweet_id)
    platform.settle(60)
    other.ok("DELETE", f"/2/users/{other.id}/retweets/{tweet_id}")
    engage(other, "retweets", tweet_id)
    platform.settle(60)
    assert told(author) == (1, ["retweet"])
    other.ok("DELETE", f"/2/users/{other.id}/retweets/{tweet_id}")
    platform.settle(60)
    assert told(author) == (0, [])


def test_watchers_hear_no_more_of_a_deleted_tweet(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    reader.follow(author)
    reader.ok("PUT", f"/1/follows/{author.id}/notify", {"enabled": True})
    gone, kept = author.tweet("gone"), author.tweet("kept")
    platform.settle(60)
    assert told(reader) == (2, ["tweet", "tweet"])
    delete(platform, author, gone)
    assert told(reader) == (1, ["tweet"])
    delete(platform, author, kept)
    assert told(reader) == (0, [])


def test_a_notification_that_comes_after_the_deletion_is_withdrawn(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, other = pair
    tweet_id = author.tweet("short")
    retweeted = author.tweet("long")
    platform.settle(60)
    # The deletion overtakes: its walk finds nothing.
    with lost(platform, "withdraw_notifications"):
        reply = other.tweet("too late", reply={"in_reply_to_tweet_id": tweet_id})
        engage(other, "retweets", retweeted)
        engage(other, "likes", tweet_id)
        with held(platform, "deliver_inbox"):
            other.ok("DELETE", f"/2/tweets/{reply}")
            other.ok("DELETE", f"/2/users/{other.id}/retweets/{retweeted}")
            author.ok("DELETE", f"/2/tweets/{tweet_id}")
    assert (unread(author), told(author)) == (0, (0, []))


@contextmanager
def held(platform: Platform, name: str) -> Iterator[None]:
    """Keep a queue's handler waiting until the block ends."""
    import threading

    opened = threading.Event()
    (source,) = [
        one.source for pump in platform.pumps for one in pump.queues if one.source.name == name
    ]
    handler = source.handler

    def wait(event: Any, context: Any) -> Any:
        assert opened.wait(60)
        return handler(event, context)

    source.handler = wait
    try:
        yield
    finally:
        opened.set()
        source.handler = handler


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
    for kind in ("like", "bookmark"):
        assert ENGAGEMENTS.update(*items.begin(other.id, tweet, kind))
    platform.settle(60)
    for kind in ("like", "bookmark"):
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


def test_pages_of_the_inbox_pass_over_many_withdrawn_entries(platform: Platform) -> None:
    author, fans = platform.register(), [platform.register() for _ in range(3)]
    kept = author.tweet("kept")
    engage(fans[0], "likes", kept)
    platform.settle(60)
    gone = author.tweet("gone")
    for fan in fans:
        engage(fan, "likes", gone)
    platform.settle(60)
    engage(fans[1], "likes", kept)
    platform.settle(60)
    delete(platform, author, gone)
    assert told(author) == (2, ["like", "like"])
    first = author.ok("GET", "/1/notifications/inbox?max_results=1")
    token = first["meta"]["next_token"]
    second = author.ok("GET", f"/1/notifications/inbox?max_results=1&pagination_token={token}")
    actors = [body["data"][0]["actor"]["id"] for body in (first, second)]
    assert actors == [fans[1].id, fans[0].id]
    assert "next_token" not in second["meta"]


def test_a_page_takes_entries_of_gone_accounts_off_the_unread_count(
    platform: Platform, pair: tuple[Person, Person], moderator: Person
) -> None:
    author, other = pair
    engage(other, "likes", author.tweet("liked"))
    other.follow(author)
    stays = platform.register()
    stays.follow(author)
    platform.settle(60)
    assert told(author)[0] == 3
    moderator.ok("POST", f"/1/admin/users/{other.id}/suspend", WHY)
    platform.settle(60)
    assert told(author) == (1, ["follow"])
    assert unread(author) == 1


def test_a_list_leaves_no_counts_behind(platform: Platform, pair: tuple[Person, Person]) -> None:
    owner, member = pair
    list_id = owner.ok("POST", "/2/lists", {"name": "short"})["data"]["id"]
    owner.ok("POST", f"/2/lists/{list_id}/members", {"user_id": member.id})
    platform.settle(60)
    assert metrics(member)["listed_count"] == 1
    owner.ok("DELETE", f"/2/lists/{list_id}")
    platform.settle(60)
    assert metrics(member)["listed_count"] == 0
    # A request that read the list before it was deleted.
    key = {"list_id": list_id, "entry": f"member#{member.id}"}
    late = {"user_key": key["entry"], "position": int(list_id), "owner_id": owner.id}
    LISTS.insert({**key, **late, "version": 1, "updated_at": now_ms()})
    platform.settle(60)
    assert LISTS.get(key, consistent=True) is None
    assert metrics(member)["listed_count"] == 0


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


def test_a_scheduled_answer_to_a_deleted_tweet_fails_in_words(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    from datetime import UTC, datetime, timedelta

    author, other = pair
    tweet_id = author.tweet("ask me")
    soon = datetime.now(UTC) + timedelta(minutes=10)
    body = {"text": "later", "reply": {"in_reply_to_tweet_id": tweet_id}}
    other.ok("POST", "/1/tweets/scheduled", {"tweet": body, "scheduled_at": soon.isoformat()})
    delete(platform, author, tweet_id)
    tweets = next(pump for pump in platform.pumps if pump.domain == "tweets")
    with process.clock.ahead(660):
        tweets.fire("ring_timers")
        platform.settle(60)
    (entry,) = other.ok("GET", "/1/notifications/inbox")["data"]
    assert entry["title"] == "A scheduled tweet was not posted"


def test_export_parts_that_come_after_the_erasure_are_deleted(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    from chalicelib.users.exports import jobs

    from shared.aws import sdk
    from shared.contracts import exporting

    person, other = pair
    job = person.ok("POST", "/1/accounts/me/exports", {"password": PASSWORD})["data"]
    platform.settle(60)
    by_erasure(platform, person, other, "")
    s3, bucket = sdk.client("s3"), exporting.bucket()
    prefix = f"parts/{person.id}/{job['id']}/"
    for name in ("data/tweets.json", f"tweets{exporting.MARK}"):
        s3.put_object(Bucket=bucket, Key=prefix + name, Body=b"[]")
    archive = jobs.archive_key(person.id, job["id"])
    s3.put_object(Bucket=bucket, Key=archive, Body=b"zip")
    jobs.finish(person.id, job["id"], 3)
    platform.settle(60)
    for key in (prefix, archive):
        assert not s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents")
