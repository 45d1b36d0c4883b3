"""Hostile or broken clients get clear problems, never a 500."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.base.pagination import encode_token
from tests.integration.tweets.tweets_support import block
from tests.platform import Answer, Person, Platform

pytestmark = pytest.mark.integration

PROBLEMS = "https://api.x.com/2/problems/"
BEYOND = ("9223372036854775808", "9999999999999999999")
EXAMPLES = settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@pytest.fixture(scope="module")
def pair(platform: Platform) -> tuple[Person, Person]:
    author, other = platform.register(), platform.register()
    other.follow(author)
    platform.settle(90)
    return author, other


@pytest.fixture(scope="module")
def first_tweet(pair: tuple[Person, Person]) -> str:
    return pair[0].tweet("the first")


def refused(answer: Answer, status: int, kind: str) -> None:
    assert answer.status == status, answer.body
    problem = answer.json()
    assert problem["type"] == PROBLEMS + kind and problem["title"] and problem["detail"]


@pytest.mark.parametrize(
    "text",
    [
        "@a " * 10_000,
        "x" * 25_001,
        "x" * 250_000,
        "\u200b" * 100,
        "\u200d\ufe0f\u2060",
        "\u202e" * 5,
        "\u3164\u2800",
        "ok \udfff",
        "\ud83d",
        "a\u0007b",
        "\ufffe",
        "e\u0301" * 281,
        "👩‍👩‍👧‍👦" * 141,
    ],
)
def test_texts_that_are_no_tweets(pair: tuple[Person, Person], text: str) -> None:
    answer = pair[0].call("POST", "/2/tweets", json.dumps({"text": text}).encode())
    refused(answer, 400, "invalid-request")
    assert len(answer.body) < 5000, "the problem repeats what was sent"


def test_zero_width_tricks_do_not_make_a_name_another(pair: tuple[Person, Person]) -> None:
    author, other = pair
    trick = f"{other.username[:3]}\u200b{other.username[3:]}"
    made = author.tweet(f"@{trick} \u200bhello")
    shown = author.ok("GET", f"/2/tweets/{made}?tweet.fields=entities")["data"]
    mentioned = shown.get("entities", {}).get("mentions", [])
    assert other.id not in {one.get("id") for one in mentioned}


@given(text=st.text(max_size=300))
@EXAMPLES
def test_any_text_is_taken_whole_or_refused(pair: tuple[Person, Person], text: str) -> None:
    answer = pair[0].call("POST", "/2/tweets", json.dumps({"text": text}).encode())
    if answer.status != 201:
        refused(answer, 400, "invalid-request")
        return
    made = answer.json()["data"]
    shown = pair[0].ok("GET", f"/2/tweets/{made['id']}")["data"]
    assert shown["text"] == made["text"]


def test_references_that_are_not_to_be_had(platform: Platform, pair: tuple[Person, Person]) -> None:
    author, _ = pair
    stranger, blocker = platform.register(), platform.register()
    gone, kept, hers = author.tweet("gone"), author.tweet("kept"), blocker.tweet("hers")
    author.ok("DELETE", f"/2/tweets/{gone}")
    block(blocker, stranger)
    secret = platform.register()
    whispered = secret.tweet("whispered")
    secret.ok("PATCH", "/1/accounts/me", {"protected": True})
    platform.settle(90)

    def post(person: Person, tweet_id: str, **how: Any) -> list[Answer]:
        reply = {"text": "x", "reply": {"in_reply_to_tweet_id": tweet_id}}
        quote = {"text": "x", "quote_tweet_id": tweet_id}
        return [person.call("POST", "/2/tweets", body) for body in (reply, quote)]

    for missing in (gone, whispered, *BEYOND):
        for answer in post(stranger, missing):
            refused(answer, 404, "resource-not-found")
        for what in ("likes", "retweets", "bookmarks"):
            path = f"/2/users/{stranger.id}/{what}"
            answer = stranger.call("POST", path, {"tweet_id": missing})
            refused(answer, 404, "resource-not-found")
    for answer in post(stranger, hers):
        assert answer.status in (403, 404), answer.body
        assert answer.json()["type"].startswith(PROBLEMS)
    assert [answer.status for answer in post(stranger, kept)] == [201, 201]
    bad_media = {"text": "x", "media": {"media_ids": ["12345"]}}
    assert 400 <= stranger.call("POST", "/2/tweets", bad_media).status < 500


def test_what_shows_nothing_or_cannot_be_is_said(pair: tuple[Person, Person]) -> None:
    author, _ = pair
    own = f"/2/users/{author.id}/tweets"
    for start, end in (
        ("2026-01-02T00:00:00Z", "2026-01-01T23:00:00Z"),
        ("2026-01-01T01:00:00Z",) * 2,
    ):
        refused(
            author.call("GET", f"{own}?start_time={start}&end_time={end}"), 400, "invalid-request"
        )
    poll = {"options": ["yes", "\u200b\u3164"], "duration_minutes": 10}
    refused(author.call("POST", "/2/tweets", {"text": "?", "poll": poll}), 400, "invalid-request")
    answer = author.call("POST", "/2/tweets", {})
    assert answer.json()["errors"][0]["message"] == "body: required: text or media"


@pytest.mark.parametrize("beyond", BEYOND)
def test_ids_beyond_any_id(pair: tuple[Person, Person], beyond: str) -> None:
    author, _ = pair
    for path in (
        f"/2/tweets/{beyond}", f"/2/users/{beyond}", f"/2/users/{beyond}/tweets",
        f"/2/lists/{beyond}", f"/2/tweets/{beyond}/liking_users", f"/1/tweets/{beyond}/replies",
    ):  # fmt: skip
        answer = author.call("GET", path)
        assert answer.status in (400, 404), (path, answer.body)
        assert answer.json()["type"].startswith(PROBLEMS)
    many = author.call("GET", f"/2/tweets?ids={beyond}")
    assert many.status in (200, 400) and many.json()["errors"]
    own = f"/2/users/{author.id}/tweets"
    for bound in ("since_id", "until_id"):
        refused(author.call("GET", f"{own}?{bound}={beyond}"), 400, "invalid-request")
    target = {"target_user_id": beyond}
    assert author.call("POST", f"/2/users/{author.id}/following", target).status in (400, 404)


def pages(author: Person, tweet_id: str) -> dict[str, str]:
    """Lists that hand out page tokens, by the name their tokens carry."""
    me = author.id
    return {
        f"home:{me}": f"/2/users/{me}/timelines/reverse_chronological",
        f"user:{me}": f"/2/users/{me}/tweets",
        f"mentions:{me}": f"/2/users/{me}/mentions",
        f"replies:{tweet_id}": f"/1/tweets/{tweet_id}/replies",
        f"like:{tweet_id}": f"/2/tweets/{tweet_id}/liking_users",
        f"lists:owner:{me}": f"/2/users/{me}/owned_lists",
        f"followers:{me}": f"/2/users/{me}/followers",
        f"following:{me}": f"/2/users/{me}/following",
        f"inbox:{me}": "/1/notifications/inbox",
        f"crawls:{me}": "/1/crawls",
    }


VALUES = st.one_of(
    st.integers(-(2**70), 2**70), st.text(max_size=20), st.none(), st.booleans(),
    st.floats(allow_nan=False), st.lists(st.integers(), max_size=2), st.just("\ud800"),
    st.just(""), st.just(2**63 - 1), st.just(10**400),
)  # fmt: skip
NAMES = ("below", "above", "after", "before", "id", "at", "skip")


@given(position=st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=4, max_size=7))
@settings(EXAMPLES, max_examples=12)
def test_made_up_positions_never_fail(
    pair: tuple[Person, Person], first_tweet: str, position: Any
) -> None:
    """Tokens can be forged: the answer must be a page or a 400."""
    author, _ = pair
    for context, path in pages(author, first_tweet).items():
        answer = author.call("GET", f"{path}?pagination_token={encode_token(context, position)}")
        assert answer.status in (200, 400), (path, position, answer.body)
    token = encode_token("search:mira", position)
    found = author.call("GET", f"/2/users/search?query=mira&next_token={token}")
    assert found.status in (200, 400), (position, found.body)


def test_tokens_of_others_and_forged_ones_are_refused(pair: tuple[Person, Person]) -> None:
    author, other = pair
    for number in range(7):
        author.tweet(f"number {number}")
    path = "/2/users/{}/tweets?max_results=5"
    token = author.ok("GET", path.format(author.id))["meta"]["next_token"]
    assert author.call("GET", f"{path.format(author.id)}&pagination_token={token}").status == 200
    for forged in (token[:-4], "x" + token, token.swapcase(), "%00", "a" * 513, "W10", "e30"):
        answer = author.call("GET", f"{path.format(author.id)}&pagination_token={forged}")
        refused(answer, 400, "invalid-request")
    answer = other.call("GET", f"{path.format(other.id)}&pagination_token={token}")
    refused(answer, 400, "invalid-request")
