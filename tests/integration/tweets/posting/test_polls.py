"""Polls: posted with a tweet, one vote per user, closed by a timer."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.ids import first_id_at
from tests.media_support import attached, photo
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

POLL = {"options": ["rook", "crow"], "duration_minutes": 60}
QUERY = "tweet.fields=attachments&expansions=attachments.poll_ids"
FIELDS = "poll.fields=duration_minutes,end_datetime,voting_status"


def poll_of(person: Person, tweet_id: str) -> Any:
    return person.ok("GET", f"/2/tweets/{tweet_id}?{QUERY}&{FIELDS}")["includes"]["polls"][0]


def vote(person: Person, tweet_id: str, position: int) -> int:
    return person.call("POST", f"/1/tweets/{tweet_id}/votes", {"position": position}).status


def test_votes_are_counted_once_a_user(platform: Platform) -> None:
    author, one, two = (platform.register() for _ in range(3))
    tweet_id = author.tweet("Which?", poll=POLL)
    with ThreadPoolExecutor(8) as threads:
        calls = [threads.submit(vote, one, tweet_id, 1) for _ in range(8)]
        assert {call.result() for call in calls} == {200}
    assert vote(one, tweet_id, 2) == 409
    assert vote(two, tweet_id, 2) == vote(author, tweet_id, 2) == 200
    assert vote(two, tweet_id, 3) == vote(two, tweet_id, 0) == 400
    assert vote(two, author.tweet("no poll"), 1) == 404
    platform.settle()
    body = one.ok("GET", f"/2/tweets/{tweet_id}?{QUERY}")
    assert body["data"]["attachments"] == {"poll_ids": [tweet_id]}
    assert body["includes"]["polls"] == [
        {
            "id": tweet_id,
            "options": [
                {"position": 1, "label": "rook", "votes": 1},
                {"position": 2, "label": "crow", "votes": 2},
            ],
        }
    ]
    viewer = one.ok("GET", f"/2/tweets/{tweet_id}?tweet.fields=viewer")["data"]["viewer"]
    assert viewer == {"liked": False, "retweeted": False, "voted": True}
    shown = poll_of(one, tweet_id)
    assert (shown["voting_status"], shown["duration_minutes"]) == ("open", 60)
    repeated = one.ok("POST", f"/2/users/{one.id}/retweets", {"tweet_id": tweet_id})["data"]
    ids = f"ids={tweet_id},{repeated['rest_id']}"
    body = one.ok("GET", f"/2/tweets?{ids}&{QUERY},referenced_tweets.id")
    assert [poll["id"] for poll in body["includes"]["polls"]] == [tweet_id]
    author.ok("DELETE", f"/2/tweets/{tweet_id}")
    assert vote(two, tweet_id, 1) == 404


def test_a_poll_whose_time_is_over_takes_no_votes(platform: Platform) -> None:
    author = platform.register()
    tweet_id = str(first_id_at(now_ms() - 3_600_001) + int(author.id) % 4096)
    old = {
        "id": tweet_id, "position": int(tweet_id), "author_id": author.id, "kind": "tweet",
        "text": "Too late", "conversation_id": tweet_id, "poll": POLL, "version": 1,
        "updated_at": now_ms(),
    }  # fmt: skip
    dynamo.batch_write("rookery-dev-tweets-tweets", puts=[old])
    assert poll_of(author, tweet_id)["voting_status"] == "closed"
    assert vote(author, tweet_id, 1) == 403


@pytest.mark.parametrize(
    "change",
    [
        {"options": ["one"]},
        {"options": ["same", "same"]},
        {"options": [" ", "x"]},
        {"options": ["x" * 26, "y"]},
        {"options": ["1", "2", "3", "4", "5"]},
        {"duration_minutes": 4},
        {"duration_minutes": 10_081},
        {"unknown": 1},
    ],
)
def test_bad_polls_are_refused(platform: Platform, change: dict[str, Any]) -> None:
    author = platform.register()
    answer = author.call("POST", "/2/tweets", {"text": "x", "poll": {**POLL, **change}})
    assert answer.status == 400


def test_a_poll_stands_alone(platform: Platform) -> None:
    author = platform.register()
    body = {"text": "x", "poll": POLL}
    for other in ({"quote_tweet_id": author.tweet("quoted")}, attached(photo(author))):
        answer = author.call("POST", "/2/tweets", {**other, **body})
        assert answer.status == 400
        assert "cannot be combined" in answer.json()["errors"][0]["message"]
