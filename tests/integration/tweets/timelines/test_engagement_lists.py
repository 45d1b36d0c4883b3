"""Lists from engagements, mentions, and reposts of own tweets."""

from typing import Any

import pytest

from shared.aws import dynamo
from shared.base.process import process
from tests.account_steps import log_in
from tests.faults import intercepted
from tests.integration.tweets.tweets_support import block, ids, mute, walk
from tests.platform import PASSWORD, Person, Platform

pytestmark = pytest.mark.integration

Trio = tuple[Person, Person, Person]


@pytest.fixture
def trio(platform: Platform) -> Trio:
    return platform.register(), platform.register(), platform.register()


def engage(person: Person, what: str, tweet_id: str) -> Any:
    return person.ok("POST", f"/2/users/{person.id}/{what}", {"tweet_id": tweet_id})["data"]


def test_users_who_like_and_retweet(trio: Trio) -> None:
    author, one, two = trio
    tweet_id = author.tweet("count on me")
    for person in trio:
        engage(person, "likes", tweet_id)
    retweets = [engage(person, "retweets", tweet_id)["rest_id"] for person in (one, two)]
    base = f"/2/tweets/{tweet_id}"
    assert set(walk(one, f"{base}/liking_users?max_results=1")) == {p.id for p in trio}
    assert set(walk(one, f"{base}/retweeted_by?max_results=1")) == {one.id, two.id}
    assert set(walk(one, f"{base}/retweets?max_results=1")) == set(retweets)
    # A retweet's id stands for its original.
    assert set(ids(one, f"/2/tweets/{retweets[0]}/liking_users")) == {p.id for p in trio}
    assert set(ids(author, "/2/users/reposts_of_me")) == set(retweets)
    assert ids(one, "/2/users/reposts_of_me") == []
    shown = one.ok("GET", f"{base}/retweets?tweet.fields=referenced_tweets&expansions=author_id")
    assert all(
        t["referenced_tweets"] == [{"type": "retweeted", "id": tweet_id}] for t in shown["data"]
    )
    one.ok("DELETE", f"/2/users/{one.id}/likes/{tweet_id}")
    one.ok("DELETE", f"/2/users/{one.id}/retweets/{tweet_id}")
    assert set(ids(one, f"{base}/liking_users")) == {author.id, two.id}
    assert ids(one, f"{base}/retweets") == retweets[1:]
    assert ids(author, "/2/users/reposts_of_me") == retweets[1:]
    two.ok("DELETE", f"/2/tweets/{retweets[1]}")
    assert one.ok("GET", f"{base}/retweeted_by") == {"meta": {"result_count": 0}}
    assert one.call("GET", "/2/tweets/12345/liking_users").status == 404
    assert one.call("GET", f"{base}/liking_users?max_results=0").status == 400


def test_quotes_newest_first_without_what_is_excluded(trio: Trio) -> None:
    author, one, two = trio
    tweet_id = author.tweet("quote me")
    first = one.tweet("first", quote_tweet_id=tweet_id)
    answer = two.tweet("both", quote_tweet_id=tweet_id, reply={"in_reply_to_tweet_id": first})
    gone = two.tweet("gone", quote_tweet_id=tweet_id)
    two.ok("DELETE", f"/2/tweets/{gone}")
    path = f"/2/tweets/{tweet_id}/quote_tweets"
    assert ids(author, path) == [answer, first]
    assert ids(author, f"{path}?exclude=replies") == [first]
    assert author.call("GET", f"{path}?max_results=9").status == 400
    many = [one.tweet(f"again {n}", quote_tweet_id=tweet_id) for n in range(11)]
    assert walk(author, f"{path}?max_results=10") == [*many[::-1], answer, first]


def test_liked_tweets_and_bookmarks(platform: Platform, trio: Trio) -> None:
    author, reader, other = trio
    tweets = [author.tweet(f"worth it {n}") for n in range(7)]
    for tweet_id in tweets:
        engage(reader, "likes", tweet_id)
        engage(reader, "bookmarks", tweet_id)
        engage(reader, "retweets", tweet_id)
    liked, kept = f"/2/users/{reader.id}/liked_tweets", f"/2/users/{reader.id}/bookmarks"
    assert walk(reader, f"{liked}?max_results=5") == tweets[::-1]
    assert walk(reader, f"{kept}?max_results=1") == tweets[::-1]
    assert set(tweets) <= set(ids(other, liked))
    for method, path, body in (
        ("GET", kept, None), ("POST", kept, {"tweet_id": tweets[0]}),
        ("DELETE", f"{kept}/{tweets[0]}", None),
    ):  # fmt: skip
        assert other.call(method, path, body).status == 403
    platform.settle()
    path = f"/2/tweets/{tweets[0]}?tweet.fields=public_metrics,viewer"
    shown = reader.ok("GET", path)["data"]
    assert shown["public_metrics"]["bookmark_count"] == 1
    assert shown["viewer"]["bookmarked"] is True
    for _ in range(2):
        assert reader.ok("DELETE", f"{kept}/{tweets[0]}")["data"] == {"bookmarked": False}
    author.ok("DELETE", f"/2/tweets/{tweets[1]}")
    assert walk(reader, f"{kept}?max_results=2") == tweets[:1:-1]
    platform.settle()
    assert reader.ok("GET", path)["data"]["public_metrics"]["bookmark_count"] == 0
    inbox = author.ok("GET", "/1/notifications/inbox")["data"]
    assert not any(n["type"] == "bookmark" for n in inbox)


def test_a_protected_users_likes_are_for_followers(platform: Platform) -> None:
    author, reader, stranger = (platform.register() for _ in range(3))
    engage(reader, "likes", author.tweet("liked in private"))
    reader.ok("PATCH", "/1/accounts/me", {"protected": True})
    platform.settle()
    path = f"/2/users/{reader.id}/liked_tweets"
    assert stranger.call("GET", path).status == 403
    assert len(ids(reader, path)) == 1
    assert stranger.call("GET", "/2/users/123/liked_tweets").status == 404


def test_mentions_and_answers_reach_the_mentioned(platform: Platform) -> None:
    author, named, muted, other = (platform.register() for _ in range(4))
    path = f"/2/users/{named.id}/mentions"
    before = author.tweet(f"first @{named.username}")
    upper = author.tweet(f"and again @{named.username.upper()} @{named.username}")
    own = named.tweet("nobody is named")
    answer = other.tweet("an answer", reply={"in_reply_to_tweet_id": own})
    loud = muted.tweet(f"@{named.username} @{named.username}!")
    gone = author.tweet(f"gone @{named.username}")
    author.ok("DELETE", f"/2/tweets/{gone}")
    named.tweet("to myself", reply={"in_reply_to_tweet_id": own})
    platform.settle()
    assert ids(named, path) == [loud, answer, upper, before]
    mute(named, muted)
    assert ids(named, path) == [answer, upper, before]
    assert ids(other, path) == [loud, answer, upper, before]
    assert ids(named, f"{path}?since_id={before}&until_id={answer}") == [upper]
    assert ids(named, f"{path}?end_time=2020-01-01T00:00:00Z") == []
    assert named.call("GET", f"{path}?max_results=4").status == 400
    many = [author.tweet(f"{n} @{named.username}") for n in range(6)]
    platform.settle()
    assert walk(named, f"{path}?max_results=5") == [*many[::-1], answer, upper, before]
    author.ok("PATCH", "/1/accounts/me", {"protected": True})
    platform.settle()
    process.reset()
    assert ids(named, path) == [answer]


def test_marks_are_found_however_much_the_viewer_did(trio: Trio) -> None:
    from chalicelib.tweets.engagement import engagements

    author, reader, _ = trio
    tweets = [author.tweet(f"marked {n}") for n in range(4)]
    for tweet_id in tweets[:3]:
        for what in ("bookmarks", "likes", "retweets"):
            engage(reader, what, tweet_id)
    query = f"ids={tweets[0]},{tweets[2]},{tweets[3]}&tweet.fields=viewer"
    for most in (1000, 4, 1):
        with process.limited(engagements.MarkLimits(span=most)):
            shown = [one["viewer"] for one in reader.ok("GET", f"/2/tweets?{query}")["data"]]
        everything = {"liked": True, "retweeted": True, "bookmarked": True}
        assert shown == [everything, everything, {"liked": False, "retweeted": False}], most


def test_what_belongs_to_who_left_or_blocks_is_out_of_reach(platform: Platform) -> None:
    author, reader, left = (platform.register() for _ in range(3))
    tweet_id = author.tweet(f"for @{left.username}")
    answer = author.tweet("an answer", reply={"in_reply_to_tweet_id": left.tweet("asked")})
    lists = ("liked_tweets", "tweets", "mentions", "owned_lists", "followed_lists")
    engage(left, "likes", tweet_id)
    block(author, reader)
    assert {reader.call("GET", f"/2/users/{author.id}/{one}").status for one in lists} == {403}
    assert author.call("GET", f"/2/users/{reader.id}/liked_tweets").status == 200
    left.ok("DELETE", "/1/accounts/me", {"password": PASSWORD})
    process.reset()
    assert {author.call("GET", f"/2/users/{left.id}/{one}").status for one in lists} == {404}
    named = "expansions=entities.mentions.username,in_reply_to_user_id"
    body = author.ok("GET", f"/2/tweets?ids={tweet_id},{answer}&{named}")
    assert len(body["data"]) == 2 and "includes" not in body
    # Back again: other tests count who is to be erased.
    log_in(platform, left)


def test_one_bookmark_is_found_among_many_likes(platform: Platform, trio: Trio) -> None:
    author, _, _ = trio
    reader = platform.register()
    tweet_id = author.tweet("kept")
    engage(reader, "bookmarks", tweet_id)
    likes = [
        {
            "user_id": reader.id, "entry": f"{int(tweet_id) + n:019d}#like", "kind": "like",
            "tweet_id": str(int(tweet_id) + n), "author_id": author.id, "active": True,
            "version": 1, "updated_at": 1,
        }
        for n in range(1, 301)
    ]  # fmt: skip
    dynamo.batch_write("rookery-dev-tweets-engagements", puts=likes)
    assert ids(reader, f"/2/users/{reader.id}/bookmarks?max_results=1") == [tweet_id]


def test_tweets_are_found_below_a_day_of_replies(platform: Platform) -> None:
    author = platform.register()
    tweet_id = author.tweet("before all the talk")
    replies = [
        {
            "id": str(int(tweet_id) + n), "position": int(tweet_id) + n, "author_id": author.id,
            "kind": "reply", "text": "yes", "conversation_id": "1", "in_reply_to_tweet_id": "1",
            "in_reply_to_user_id": "1", "version": 1, "updated_at": 1,
        }
        for n in range(1, 101)
    ]  # fmt: skip
    dynamo.batch_write("rookery-dev-tweets-tweets", puts=replies)
    path = f"/2/users/{author.id}/tweets?max_results=5"
    assert ids(author, f"{path}&exclude=replies") == [tweet_id]
    reader, read = platform.register(), list[int]()
    block(reader, author)
    # Workers read the replies as well.
    platform.settle()

    def note(params: dict[str, Any]) -> None:
        keys = params["RequestItems"].get("rookery-dev-tweets-tweets", {"Keys": []})["Keys"]
        read.append(len(keys))

    # Where nothing may be shown, a page does not look at everything.
    with intercepted("dynamodb", "BatchGetItem", note):
        assert ids(reader, path) == []
    assert sum(read) <= 5 * (5 + 10)
    assert ids(author, path) == [one["id"] for one in replies[:-6:-1]]
