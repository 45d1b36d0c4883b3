"""Tweets, engagements and timelines on real tables and queues."""

import json
from typing import Any

import pytest

from shared.base.process import process
from tests.faults import intercepted
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

EVERYTHING = (
    "?tweet.fields=author_id,conversation_id,created_at,entities,public_metrics,"
    "referenced_tweets,in_reply_to_user_id,viewer&user.fields=verified,public_metrics"
    "&expansions=author_id,referenced_tweets.id,referenced_tweets.id.author_id"
)


@pytest.fixture
def pair(platform: Platform) -> tuple[Person, Person]:
    author, reader = platform.register(), platform.register()
    reader.follow(author)
    platform.settle()
    return author, reader


def test_a_tweet_reaches_its_followers_and_a_deleted_one_nobody(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    first, second = author.tweet("first"), author.tweet("second")
    platform.settle()
    assert reader.home() == [second, first]
    assert author.home() == [second, first]
    assert author.ok("DELETE", f"/2/tweets/{first}")["data"] == {"deleted": True}
    assert reader.home() == [second]
    platform.settle()
    assert reader.home() == [second]
    assert reader.call("GET", f"/2/tweets/{first}").status == 404
    assert author.ok("DELETE", f"/2/tweets/{first}")["data"] == {"deleted": True}
    assert reader.call("DELETE", f"/2/tweets/{second}").status == 403


def test_default_objects_are_tiny_and_fields_add(pair: tuple[Person, Person]) -> None:
    author, _ = pair
    tweet_id = author.tweet("hello #rookery")
    small = author.ok("GET", f"/2/tweets/{tweet_id}")["data"]
    assert set(small) == {"id", "text", "edit_history_tweet_ids"}
    body = author.ok("GET", f"/2/tweets/{tweet_id}{EVERYTHING}")
    assert body["data"]["author_id"] == author.id
    assert body["data"]["entities"]["hashtags"] == [{"start": 6, "end": 14, "tag": "rookery"}]
    assert body["includes"]["users"][0]["username"] == author.username


def test_both_dialects_are_understood(pair: tuple[Person, Person]) -> None:
    author, _ = pair
    tweet_id = author.tweet("dialects")
    body = author.ok("GET", f"/2/tweets?ids={tweet_id}&post.fields=public_metrics,referenced_posts")
    metrics = body["data"][0]["public_metrics"]
    assert metrics["repost_count"] == metrics["retweet_count"] == 0


def test_replies_likes_retweets_are_counted_and_undone(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    tweet_id = author.tweet("engage me")
    reply = reader.tweet("a reply", reply={"in_reply_to_tweet_id": tweet_id})
    quote = reader.tweet("a quote", quote_tweet_id=tweet_id)
    likes, retweets = f"/2/users/{reader.id}/likes", f"/2/users/{reader.id}/retweets"
    for _ in range(2):
        assert reader.ok("POST", likes, {"tweet_id": tweet_id})["data"] == {"liked": True}
    answers = [reader.ok("POST", retweets, {"tweet_id": tweet_id})["data"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["retweeted"] is True
    platform.settle()
    shown = reader.ok("GET", f"/2/tweets/{tweet_id}{EVERYTHING}")["data"]
    assert shown["viewer"] == {"liked": True, "retweeted": True}
    counts = {
        name: shown["public_metrics"][f"{name}_count"]
        for name in ("like", "retweet", "reply", "quote")
    }
    assert counts == {"like": 1, "retweet": 1, "reply": 1, "quote": 1}
    listed = reader.ok("GET", f"/1/tweets/{tweet_id}/replies")["data"]
    assert [tweet["id"] for tweet in listed] == [reply]

    retweet = author.ok("GET", f"/2/users/{reader.id}/tweets{EVERYTHING}")
    newest = retweet["data"][0]
    assert newest["id"] == answers[0]["rest_id"]
    assert newest["text"] == f"RT @{author.username}: engage me"
    assert newest["referenced_tweets"] == [{"type": "retweeted", "id": tweet_id}]
    assert tweet_id in [tweet["id"] for tweet in retweet["includes"]["tweets"]]

    for _ in range(2):
        assert reader.ok("DELETE", f"{likes}/{tweet_id}")["data"] == {"liked": False}
        undone = reader.ok("DELETE", f"{retweets}/{tweet_id}")["data"]
        assert undone["retweeted"] is False
    reader.ok("DELETE", f"/2/tweets/{reply}")
    reader.ok("DELETE", f"/2/tweets/{quote}")
    platform.settle()
    metrics = reader.ok("GET", f"/2/tweets/{tweet_id}{EVERYTHING}")["data"]["public_metrics"]
    # Views, which may be sent meanwhile, are not undone.
    assert not any(count for name, count in metrics.items() if name != "impression_count")
    assert reader.ok("GET", f"/2/users/{reader.id}/tweets") == {"meta": {"result_count": 0}}


def test_inbox_and_mail_tell_of_engagement(platform: Platform, pair: tuple[Person, Person]) -> None:
    author, reader = pair
    tweet_id = author.tweet(f"over to you @{reader.username}")
    reader.ok("POST", f"/2/users/{reader.id}/likes", {"tweet_id": tweet_id})
    platform.settle()
    inbox = author.ok("GET", "/1/notifications/inbox")
    assert {(n["type"], n["actor"]["username"]) for n in inbox["data"]} == {
        ("follow", reader.username),
        ("like", reader.username),
    }
    mentioned = reader.ok("GET", "/1/notifications/inbox")["data"]
    assert [(n["type"], n["tweet_id"]) for n in mentioned] == [("mention", tweet_id)]
    assert any(author.username in mail["Subject"] for mail in platform.mails(reader.email))
    # Likes and follows send no mail of their own.
    assert not any(reader.username in mail["Subject"] for mail in platform.mails(author.email))


def test_a_new_follower_finds_older_tweets_and_an_unfollowed_author_is_gone(
    platform: Platform,
) -> None:
    author, reader = platform.register(), platform.register()
    older = [author.tweet(f"older {n}") for n in range(3)]
    platform.settle()
    reader.follow(author)
    platform.settle()
    assert reader.home() == older[::-1]
    reader.ok("DELETE", f"/2/users/{reader.id}/following/{author.id}")
    assert reader.home() == []


def test_pages_are_stable_while_tweets_arrive(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    tweets = [author.tweet(f"page {n}") for n in range(12)][::-1]
    platform.settle()
    path = f"/2/users/{reader.id}/timelines/reverse_chronological?max_results=5"
    seen: list[str] = []
    pages: list[list[str]] = []
    token = ""
    for _ in range(5):
        body: dict[str, Any] = reader.ok(
            "GET", path + (f"&pagination_token={token}" if token else "")
        )
        pages.append([tweet["id"] for tweet in body.get("data", [])])
        seen += pages[-1]
        author.tweet("arrives meanwhile")
        platform.settle()
        token = body["meta"].get("next_token", "")
        if not token:
            break
    assert seen == tweets
    # Going back, the pages are the same.
    back = [pages[-1]]
    while token := body["meta"].get("previous_token", ""):
        body = reader.ok("GET", f"{path}&pagination_token={token}")
        back.append([tweet["id"] for tweet in body["data"]])
    assert back == pages[::-1]
    newer = reader.home(f"?since_id={tweets[0]}")
    assert newer
    assert all(int(tweet_id) > int(tweets[0]) for tweet_id in newer)
    assert reader.home(f"?until_id={tweets[-2]}") == [tweets[-1]]
    excluded = reader.home("?exclude=replies,retweets")
    assert set(tweets) <= set(excluded)


def test_a_token_of_another_list_is_refused(pair: tuple[Person, Person]) -> None:
    author, reader = pair
    for number in range(7):
        author.tweet(f"t {number}")
    token = author.ok("GET", f"/2/users/{author.id}/tweets?max_results=5")["meta"]["next_token"]
    path = f"/2/users/{reader.id}/timelines/reverse_chronological?pagination_token="
    for bad in (token, "AAAA", "ü", "x" * 600, "W10", "bnVsbA"):
        assert reader.call("GET", path + bad).status == 400, bad


def test_protected_and_blocked_authors_are_out_of_reach(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, reader = pair
    stranger = platform.register()
    tweet_id = author.tweet("for my followers")
    author.ok("PATCH", "/1/accounts/me", {"protected": True})
    platform.settle()
    assert reader.home() == [tweet_id]
    assert stranger.call("GET", f"/2/tweets/{tweet_id}").status == 404
    for path, body in (
        (f"/2/users/{stranger.id}/likes", {"tweet_id": tweet_id}),
        (f"/2/users/{stranger.id}/retweets", {"tweet_id": tweet_id}),
        ("/2/tweets", {"text": "x", "reply": {"in_reply_to_tweet_id": tweet_id}}),
        ("/2/tweets", {"text": "x", "quote_tweet_id": tweet_id}),
    ):
        assert stranger.call("POST", path, body).status == 404, path
    process.reset()


def test_idempotency_key(pair: tuple[Person, Person]) -> None:
    author, _ = pair
    first = author.call("POST", "/2/tweets", {"text": "once"}, idempotency_key="k-1")
    again = author.call("POST", "/2/tweets", {"text": "once"}, idempotency_key="k-1")
    assert first.status == again.status == 201
    assert first.json() == again.json()
    other = author.call("POST", "/2/tweets", {"text": "twice"}, idempotency_key="k-1")
    assert other.status == 409
    assert len(author.ok("GET", f"/2/users/{author.id}/tweets")["data"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": "  \n "},
        {"text": "\u200b\u200d"},
        {"text": "x" * 281},
        {"text": "語" * 141},
        {"text": "a\u0000b"},
        {"text": "bad \ud800 surrogate"},
        {"text": 5},
        {"text": "x", "unknown": 1},
        {"text": "x", "reply": {"in_reply_to_tweet_id": "abc"}},
        {"text": "x", "quote_tweet_id": 12},
        {},
        [],
        "text",
    ],
)
def test_bad_tweets_are_refused(platform: Platform, pair: tuple[Person, Person], body: Any) -> None:
    answer = pair[0].call("POST", "/2/tweets", json.dumps(body).encode())
    assert answer.status == 400
    problem = answer.json()
    assert problem["type"] == "https://api.x.com/2/problems/invalid-request"


def test_long_links_count_twenty_three(pair: tuple[Person, Person]) -> None:
    author, _ = pair
    author.tweet("x" * 256 + " https://example.com/" + "y" * 300)


def test_a_card_becomes_part_of_the_tweet(platform: Platform, pair: tuple[Person, Person]) -> None:
    author, _ = pair
    url = "https://example.com/card"
    tweet_id = author.tweet(f"read {url}")
    event = {
        "id": f"card.ready:{tweet_id}:1", "type": "card.ready", "version": 1, "subject": tweet_id,
        "time": "2026-01-01T00:00:00.000Z", "source": "crawler",
        "data": {"tweet_id": tweet_id, "url": url, "title": "A title", "description": "Words"},
    }  # fmt: skip
    record = {"messageId": "1", "body": json.dumps(event)}
    for _ in range(2):
        answer = platform.modules["tweets"].attach_cards({"Records": [record]}, None)
        assert answer == {"batchItemFailures": []}
    shown = author.ok("GET", f"/2/tweets/{tweet_id}{EVERYTHING}")["data"]["entities"]["urls"][0]
    assert shown["title"] == "A title"
    assert shown["expanded_url"] == url


def test_two_cards_of_a_tweet_at_the_same_time_both_become_part_of_it(
    platform: Platform, pair: tuple[Person, Person]
) -> None:
    author, _ = pair
    urls = ["https://example.com/one", "https://example.com/two"]
    tweet_id = author.tweet(" ".join(urls))

    def attach(url: str) -> Any:
        event = {
            "id": f"card.ready:{url}", "type": "card.ready", "version": 1, "subject": tweet_id,
            "time": "2026-01-01T00:00:00.000Z", "source": "crawler",
            "data": {"tweet_id": tweet_id, "url": url, "title": f"Title of {url}"},
        }  # fmt: skip
        record = {"messageId": url, "body": json.dumps(event)}
        return platform.modules["tweets"].attach_cards({"Records": [record]}, None)

    def another(params: dict[str, Any]) -> None:
        # Between the read and the update of the first card the second one is written.
        if not between and params["Key"] == {"id": {"S": tweet_id}}:
            between.append(urls[1])
            assert attach(urls[1]) == {"batchItemFailures": []}

    platform.settle()
    between: list[str] = []
    with intercepted("dynamodb", "UpdateItem", another):
        assert attach(urls[0]) == {"batchItemFailures": [{"itemIdentifier": urls[0]}]}
    assert between
    assert attach(urls[0]) == {"batchItemFailures": []}
    found = author.ok("GET", f"/2/tweets/{tweet_id}{EVERYTHING}")["data"]["entities"]["urls"]
    assert [one["title"] for one in found] == [f"Title of {url}" for url in urls]


def test_unknown_ids_are_partial_errors(pair: tuple[Person, Person]) -> None:
    author, _ = pair
    tweet_id = author.tweet("here")
    body = author.ok("GET", f"/2/tweets?ids={tweet_id},123")
    assert [tweet["id"] for tweet in body["data"]] == [tweet_id]
    assert body["errors"][0]["value"] == "123"
    assert author.call("GET", "/2/tweets/99999999999999999999").status == 400
    assert author.call("GET", "/2/tweets/abc").status == 400
