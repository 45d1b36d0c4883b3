"""References to a deleted tweet.

Quotes, replies, retweets, lookups and conversations.
"""

from typing import Any

import pytest

from tests.integration.tweets.tweets_support import ids
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

NOT_FOUND = "https://api.x.com/2/problems/resource-not-found"
FIELDS = "tweet.fields=referenced_tweets,conversation_id,in_reply_to_user_id"


@pytest.fixture(scope="module")
def pair(platform: Platform) -> tuple[Person, Person]:
    author, other = platform.register(), platform.register()
    other.follow(author)
    author.follow(other)
    platform.settle()
    return author, other


def gone(author: Person, tweet_id: str) -> None:
    author.ok("DELETE", f"/2/tweets/{tweet_id}")
    author.platform.settle()


def shown(reader: Person, tweet_id: str) -> dict[str, Any]:
    body: dict[str, Any] = reader.ok(
        "GET", f"/2/tweets/{tweet_id}?{FIELDS}&expansions=referenced_tweets.id"
    )
    return body


def refused(answer: dict[str, Any], parameter: str) -> list[tuple[str, str, str]]:
    """Partial errors about a parameter: resource, title and type."""
    found = [one for one in answer.get("errors", []) if one["parameter"] == parameter]
    assert all(one["value"] == one["resource_id"] and one["detail"] for one in found)
    return [(one["resource_id"], one["title"], one["type"]) for one in found]


@pytest.mark.parametrize("kind", ["quote", "reply"])
def test_a_quote_or_reply_outlives_what_it_refers_to(
    pair: tuple[Person, Person], kind: str
) -> None:
    author, other = pair
    root = author.tweet("to be deleted")
    if kind == "quote":
        later, named = other.tweet("look", quote_tweet_id=root), "quoted"
    else:
        later, named = other.tweet("yes", reply={"in_reply_to_tweet_id": root}), "replied_to"
    gone(author, root)
    body = shown(author, later)
    # The reference stays, with a partial error.
    assert body["data"]["referenced_tweets"] == [{"type": named, "id": root}]
    assert "tweets" not in body.get("includes", {})
    assert refused(body, "referenced_tweets.id") == [(root, "Not Found Error", NOT_FOUND)]
    # Without the expansion there is no error.
    plain = author.ok("GET", f"/2/tweets/{later}?{FIELDS}")
    assert "errors" not in plain
    if kind == "reply":
        assert body["data"]["conversation_id"] == root
        assert body["data"]["in_reply_to_user_id"] == author.id
    assert later in author.home() and later in ids(author, f"/2/users/{other.id}/tweets")


def test_a_retweet_goes_with_its_original(pair: tuple[Person, Person]) -> None:
    author, other = pair
    root = author.tweet("to be retweeted")
    retweets = f"/2/users/{other.id}/retweets"
    again = other.ok("POST", retweets, {"tweet_id": root})["data"]["rest_id"]
    gone(author, root)
    assert again not in author.home()
    assert again not in ids(other, f"/2/users/{other.id}/tweets")
    assert other.call("GET", f"/2/tweets/{again}").status == 404
    assert other.call("GET", f"/2/tweets/{root}/retweeted_by").status == 404
    # It can still be undone.
    assert other.ok("DELETE", f"{retweets}/{root}")["data"]["retweeted"] is False
    assert other.call("POST", retweets, {"tweet_id": root}).status == 404


def test_lookups_answer_in_part(pair: tuple[Person, Person]) -> None:
    author, _ = pair
    alive, dead = author.tweet("alive"), author.tweet("dead")
    gone(author, dead)
    body = author.ok("GET", f"/2/tweets?ids={dead},{alive},1")
    assert [one["id"] for one in body["data"]] == [alive]
    assert refused(body, "ids") == [(one, "Not Found Error", NOT_FOUND) for one in (dead, "1")]
    nothing = author.ok("GET", f"/2/tweets?ids={dead}")
    assert "data" not in nothing and len(nothing["errors"]) == 1
    answer = author.call("GET", f"/2/tweets/{dead}")
    assert answer.status == 404 and answer.json()["type"] == NOT_FOUND


def test_nobody_refers_to_a_deleted_tweet_anew(pair: tuple[Person, Person]) -> None:
    author, other = pair
    dead = author.tweet("dead")
    gone(author, dead)
    for body in ({"reply": {"in_reply_to_tweet_id": dead}}, {"quote_tweet_id": dead}):
        assert other.call("POST", "/2/tweets", {"text": "late", **body}).status == 404
    for what in ("likes", "retweets", "bookmarks"):
        path = f"/2/users/{other.id}/{what}"
        assert other.call("POST", path, {"tweet_id": dead}).status == 404


def test_a_conversation_goes_on_without_its_root(pair: tuple[Person, Person]) -> None:
    author, other = pair
    limited = author.tweet(f"only @{other.username}", reply_settings="mentionedUsers")
    first = other.tweet("one", reply={"in_reply_to_tweet_id": limited})
    gone(author, limited)
    second = author.tweet("two", reply={"in_reply_to_tweet_id": first})
    third = other.tweet("three", reply={"in_reply_to_tweet_id": second})
    author.platform.settle()
    for one in (first, second, third):
        assert shown(author, one)["data"]["conversation_id"] == limited
    assert ids(author, f"/1/tweets/{first}/replies") == [second]


def test_a_retweet_of_a_retweet_is_one_of_the_original(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, other = pair
    third = platform.register()
    root = author.tweet("original")
    once = other.ok("POST", f"/2/users/{other.id}/retweets", {"tweet_id": root})["data"]["rest_id"]
    body = {"tweet_id": once}
    twice = third.ok("POST", f"/2/users/{third.id}/retweets", body)["data"]["rest_id"]
    platform.settle()
    (reference,) = shown(author, twice)["data"]["referenced_tweets"]
    assert reference == {"type": "retweeted", "id": root}
    metrics = author.ok("GET", f"/2/tweets/{root}?tweet.fields=public_metrics")["data"]
    assert metrics["public_metrics"]["retweet_count"] == 2
    # Quotes of and replies to a retweet refer to the original, too.
    quote = third.tweet("this", quote_tweet_id=once)
    reply = third.tweet("yes", reply={"in_reply_to_tweet_id": once})
    assert [r["id"] for r in shown(author, quote)["data"]["referenced_tweets"]] == [root]
    assert [r["id"] for r in shown(author, reply)["data"]["referenced_tweets"]] == [root]
    assert shown(author, reply)["data"]["conversation_id"] == root
    # Undoing the first retweet leaves the second alone.
    other.ok("DELETE", f"/2/users/{other.id}/retweets/{root}")
    assert shown(author, twice)["data"]["id"] == twice
