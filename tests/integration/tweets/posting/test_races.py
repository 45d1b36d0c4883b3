"""Deletion and repeated requests.

In any order, counts and timelines agree in the end.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.faults import answer_lost, error, intercepted, late_replicas, throttled
from tests.integration.tweets.tweets_support import block
from tests.media_support import attached, included, photo
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

THREADS = 16


@pytest.fixture
def pair(platform: Platform) -> tuple[Person, Person]:
    author, reader = platform.register(), platform.register()
    reader.follow(author)
    platform.settle()
    return author, reader


def own(person: Person) -> list[str]:
    return [t["id"] for t in person.ok("GET", f"/2/users/{person.id}/tweets").get("data", [])]


def counts_of(tweet: Any) -> list[int]:
    """Return all public counts but views, which reading increases."""
    counts = tweet["public_metrics"]
    return [count for name, count in counts.items() if name != "impression_count"]


def metrics(person: Person, tweet_id: str) -> Any:
    body = person.ok("GET", f"/2/tweets/{tweet_id}?tweet.fields=public_metrics,viewer")
    return body["data"]


def test_sixteen_at_once_are_one(platform: Platform, pair: tuple[Person, Person]) -> None:
    author, reader = pair
    tweet_id = author.tweet("all at once")
    body = {"tweet_id": tweet_id}
    with ThreadPoolExecutor(THREADS) as threads:
        for what in ("retweets", "likes", "bookmarks"):
            path = f"/2/users/{reader.id}/{what}"
            calls = [threads.submit(reader.call, "POST", path, body) for _ in range(THREADS)]
            assert {call.result().status for call in calls} == {200}
            if what == "retweets":
                assert len({c.result().json()["data"]["rest_id"] for c in calls}) == 1
        platform.settle()
        shown = metrics(reader, tweet_id)["public_metrics"]
        counts = [shown[f"{name}_count"] for name in ("retweet", "like", "bookmark")]
        assert counts == [1, 1, 1]
        assert len(own(reader)) == 1
        for what in ("retweets", "likes", "bookmarks"):
            path = f"/2/users/{reader.id}/{what}/{tweet_id}"
            calls = [threads.submit(reader.call, "DELETE", path) for _ in range(THREADS)]
            assert {call.result().status for call in calls} == {200}
    platform.settle()
    assert not any(counts_of(metrics(reader, tweet_id)))
    assert own(reader) == []


def test_one_key_makes_one_tweet_however_often(platform: Platform) -> None:
    author = platform.register()
    with ThreadPoolExecutor(THREADS) as threads:
        calls = [
            threads.submit(
                author.call, "POST", "/2/tweets", {"text": "once"}, idempotency_key="race"
            )
            for _ in range(THREADS)
        ]
        answers = [call.result() for call in calls]
    assert {answer.status for answer in answers} == {201}, [a.body for a in answers]
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    assert len(own(author)) == 1


def test_what_was_made_though_the_answer_was_lost_is_made_once(platform: Platform) -> None:
    author = platform.register()
    with answer_lost("PutItem") as lost:
        tweet_id = author.tweet("said once")
    assert lost
    assert own(author) == [tweet_id]
    with answer_lost("PutItem") as lost:
        made = author.ok("POST", "/2/lists", {"name": "one list"})["data"]
    assert lost
    lists = author.ok("GET", f"/2/users/{author.id}/owned_lists")["data"]
    assert [one["id"] for one in lists] == [made["id"]]


def test_overlapping_transactions_try_again(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    tweet_id = author.tweet("contended")
    calls: list[int] = []

    def contended(_: dict[str, Any]) -> dict[str, Any] | None:
        calls.append(1)
        reasons = [{"Code": "None"}, {"Code": "TransactionConflict"}]
        canceled = error("TransactionCanceledException", CancellationReasons=reasons)
        return canceled if len(calls) % 3 else None

    platform.settle()
    with intercepted("dynamodb", "TransactWriteItems", contended):
        retweets = f"/2/users/{reader.id}/retweets"
        reader.ok("POST", retweets, {"tweet_id": tweet_id})
        reader.ok("DELETE", f"{retweets}/{tweet_id}")
        first = author.call("POST", "/2/tweets", {"text": "kept"}, idempotency_key="contended")
        again = author.call("POST", "/2/tweets", {"text": "kept"}, idempotency_key="contended")
    assert first.status == again.status == 201
    assert first.json() == again.json()
    assert own(reader) == []


def test_retweet_undo_and_retweet_again(platform: Platform, pair: tuple[Person, Person]) -> None:
    author, reader = pair
    tweet_id = author.tweet("again and again")
    path, seen = f"/2/users/{reader.id}/retweets", []
    for _ in range(3):
        seen.append(reader.ok("POST", path, {"tweet_id": tweet_id})["data"]["rest_id"])
        reader.ok("DELETE", f"{path}/{tweet_id}")
    assert len(set(seen)) == 3
    last = reader.ok("POST", path, {"tweet_id": tweet_id})["data"]["rest_id"]
    platform.settle()
    assert metrics(reader, tweet_id)["public_metrics"]["retweet_count"] == 1
    assert own(reader) == [last]
    # A page that shows the tweet does not also show the retweet.
    assert reader.home() == [tweet_id]


def test_an_undo_that_comes_late_leaves_a_newer_retweet_alone(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    tweet_id = author.tweet("undone and retweeted meanwhile")
    path = f"/2/users/{reader.id}/retweets"
    newer: list[str] = []
    reader.ok("POST", path, {"tweet_id": tweet_id})
    platform.settle()

    def another(_: dict[str, Any]) -> None:
        if not newer:
            newer.append("being made")
            reader.ok("DELETE", f"{path}/{tweet_id}")
            newer[0] = reader.ok("POST", path, {"tweet_id": tweet_id})["data"]["rest_id"]

    with intercepted("dynamodb", "TransactWriteItems", another):
        assert reader.ok("DELETE", f"{path}/{tweet_id}")["data"]["retweeted"] is False
    platform.settle()
    assert own(reader) == newer
    assert metrics(reader, tweet_id)["public_metrics"]["retweet_count"] == 1


def test_a_retweet_deleted_as_a_tweet_is_taken_back(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    tweet_id = author.tweet("delete the retweet")
    path = f"/2/users/{reader.id}/retweets"
    retweet = reader.ok("POST", path, {"tweet_id": tweet_id})["data"]["rest_id"]
    assert author.call("DELETE", f"/2/tweets/{retweet}").status == 403
    for _ in range(2):
        assert reader.ok("DELETE", f"/2/tweets/{retweet}")["data"] == {"deleted": True}
    platform.settle()
    shown = metrics(reader, tweet_id)
    assert shown["public_metrics"]["retweet_count"] == 0
    assert shown["viewer"] == {"liked": False, "retweeted": False}
    assert reader.ok("POST", path, {"tweet_id": tweet_id})["data"]["rest_id"] != retweet


def test_the_id_of_a_retweet_stands_for_the_original(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    tweet_id = author.tweet("the original")
    retweets = f"/2/users/{reader.id}/retweets"
    retweet = reader.ok("POST", retweets, {"tweet_id": tweet_id})["data"]["rest_id"]
    for what in ("likes", "bookmarks"):
        author.ok("POST", f"/2/users/{author.id}/{what}", {"tweet_id": retweet})
    again = reader.ok("POST", retweets, {"tweet_id": retweet})["data"]["rest_id"]
    assert again == retweet
    platform.settle()
    shown = metrics(author, tweet_id)
    assert shown["public_metrics"]["like_count"] == 1
    assert shown["viewer"]["liked"] is True
    for what in ("likes", "bookmarks"):
        author.ok("DELETE", f"/2/users/{author.id}/{what}/{retweet}")
    reader.ok("DELETE", f"{retweets}/{retweet}")
    platform.settle()
    assert not any(counts_of(metrics(author, tweet_id)))
    assert own(reader) == []


def test_a_deleted_original_takes_its_retweets_along(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    tweet_id = author.tweet("soon gone")
    path = f"/2/users/{reader.id}/retweets"
    retweet = reader.ok("POST", path, {"tweet_id": tweet_id})["data"]["rest_id"]
    quote = reader.tweet("quoting", quote_tweet_id=tweet_id)
    author.ok("DELETE", f"/2/tweets/{tweet_id}")
    platform.settle()
    assert own(reader) == [quote]
    assert reader.home() == [quote]
    assert reader.call("GET", f"/2/tweets/{retweet}").status == 404
    shown = reader.ok("GET", f"/2/tweets/{quote}?expansions=referenced_tweets.id")
    assert "includes" not in shown
    assert reader.ok("DELETE", f"{path}/{tweet_id}")["data"]["retweeted"] is False
    body = {"tweet_id": tweet_id}
    for what in ("likes", "retweets", "bookmarks"):
        assert reader.call("POST", f"/2/users/{reader.id}/{what}", body).status == 404


def test_protected_tweets_are_retweeted_by_their_author_alone(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    tweet_id = author.tweet("among friends")
    author.ok("PATCH", "/1/accounts/me", {"protected": True})
    platform.settle()
    body = {"tweet_id": tweet_id}
    reader.ok("POST", f"/2/users/{reader.id}/likes", body)
    assert reader.call("POST", f"/2/users/{reader.id}/retweets", body).status == 403
    author.ok("POST", f"/2/users/{author.id}/retweets", body)
    platform.settle()
    assert len(own(author)) == 2
    assert len(reader.home()) == 1


def test_a_user_timeline_hides_retweets_of_who_blocked_the_viewer(platform: Platform) -> None:
    blocker, friend, viewer = (platform.register() for _ in range(3))
    tweet_id = blocker.tweet("not for you")
    friend.ok("POST", f"/2/users/{friend.id}/retweets", {"tweet_id": tweet_id})
    assert len(own(friend)) == 1
    block(blocker, viewer)
    assert viewer.ok("GET", f"/2/users/{friend.id}/tweets") == {"meta": {"result_count": 0}}


def test_what_was_made_a_moment_ago_is_found_though_replicas_are_late(platform: Platform) -> None:
    author = platform.register()
    tables = [f"rookery-dev-tweets-{name}" for name in ("tweets", "lists", "folders", "media")]
    with late_replicas(*tables) as asked:
        tweet_id = author.tweet("the first of a thread")
        author.tweet("the second", reply={"in_reply_to_tweet_id": tweet_id})
        author.ok("POST", f"/2/users/{author.id}/likes", {"tweet_id": tweet_id})
        query = f"ids={tweet_id},123&tweet.fields=public_metrics"
        assert [t["id"] for t in author.ok("GET", f"/2/tweets?{query}")["data"]] == [tweet_id]
        list_id = author.ok("POST", "/2/lists", {"name": "at once"})["data"]["id"]
        author.ok("POST", f"/2/lists/{list_id}/members", {"user_id": author.id})
        folders = f"/2/users/{author.id}/bookmarks/folders"
        folder = author.ok("POST", folders, {"name": "at once"})["data"]["id"]
        assert author.ok("GET", f"{folders}/{folder}")["meta"]["result_count"] == 0
        picture = author.ok("POST", "/2/tweets", attached(photo(author)))["data"]["id"]
    assert set(asked) >= set(tables[:3])
    assert included(author, picture)


def test_a_plain_write_waits_out_a_transaction_on_its_item(platform: Platform) -> None:
    author = platform.register()
    tweet_id = author.tweet("edited by a transaction at this very moment")
    with throttled("UpdateItem", 2, "TransactionConflictException") as refused:
        assert author.ok("DELETE", f"/2/tweets/{tweet_id}")["data"]["deleted"] is True
    assert refused == ["UpdateItem"] * 2
