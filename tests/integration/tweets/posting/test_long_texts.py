"""Long texts of verified accounts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.base.domain import load_app
from scripts.checks.permissions import running
from shared.contracts import profiles
from tests.account_steps import calls
from tests.faults import intercepted
from tests.integration.tweets.posting.test_planned import act, message, schedule
from tests.integration.tweets.tweets_support import ids
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

load_app("tweets")
from chalicelib.tweets.core.long_text_model import TEXTS
from chalicelib.tweets.lifecycle import erasure, export
from chalicelib.tweets.pipeline import notes

FIELD = "tweet.fields=note_tweet,entities"


def verify(person: Person) -> None:
    profiles.USERS.update({"id": person.id}, "SET #verified = :yes ADD #version :one",
                          {"yes": True, "one": 1})  # fmt: skip
    profiles.forget(person.id)


@pytest.fixture(scope="module")
def people(platform: Platform) -> Iterator[tuple[Person, Person]]:
    author, reader = platform.register(), platform.register()
    verify(author)
    reader.follow(author)
    platform.settle()
    yield author, reader


def long_text(reader: Person) -> str:
    return f"{'Rooks build in company. ' * 100}Told by @{reader.username} #rookery"


def stored(tweet_id: str) -> Any:
    return TEXTS.get({"id": tweet_id}, consistent=True)


def test_a_page_shows_the_start_and_a_field_the_whole(
    platform: Platform, people: tuple[Person, Person]
) -> None:
    author, reader = people
    text = long_text(reader)
    with calls() as made:
        tweet_id = author.tweet(text)
    assert made.count("TransactWriteItems") == 1
    shown = reader.ok("GET", f"/2/tweets/{tweet_id}?{FIELD},viewer")["data"]
    start = shown["text"].removesuffix("…")
    assert text.startswith(start) and 250 < len(shown["text"]) <= 280 and text[len(start)] == " "
    assert "entities" not in shown, "tag and mention are beyond the start"
    assert shown["viewer"]["truncated"] is True
    note = shown["note_tweet"]
    assert note["text"] == text
    assert note["entities"]["hashtags"][0]["tag"] == "rookery"
    assert note["entities"]["mentions"][0]["id"] == reader.id
    post = reader.ok("GET", f"/2/tweets/{tweet_id}?post.fields=note_post")["data"]
    assert post["note_post"]["text"] == text
    platform.settle()
    assert tweet_id in ids(reader, f"/2/users/{reader.id}/mentions")
    inbox = reader.ok("GET", "/1/notifications/inbox")["data"]
    assert any(tweet_id in json.dumps(one) for one in inbox), "who is mentioned far below, too"
    with calls() as plain:
        page = ids(reader, f"/2/users/{author.id}/tweets")
    with calls() as whole:
        body = reader.ok("GET", f"/2/users/{author.id}/tweets?{FIELD}")
    assert tweet_id in page and whole.count("BatchGetItem") == plain.count("BatchGetItem")
    assert next(one for one in body["data"] if one["id"] == tweet_id)["note_tweet"] == note
    author.ok("DELETE", f"/2/tweets/{tweet_id}")


def test_plain_texts_and_others_pay_nothing(people: tuple[Person, Person]) -> None:
    author, reader = people
    with calls() as made:
        short = author.tweet("A rook")
    assert made == ["PutItem"]
    assert "note_tweet" not in author.ok("GET", f"/2/tweets/{short}?{FIELD}")["data"]
    refused = reader.call("POST", "/2/tweets", {"text": "x" * 281})
    assert refused.status == 400
    assert "The text is too long: 281 of 280 characters." in refused.body.decode()
    longest = author.tweet("x" * 25_000)
    assert author.ok("GET", f"/2/tweets/{longest}")["data"]["text"] == f"{'x' * 278}…"
    assert author.call("POST", "/2/tweets", {"text": "鴉" * 12_501}).status == 400
    author.ok("DELETE", f"/2/tweets/{longest}")


def test_the_whole_goes_with_its_tweet_and_its_versions(
    platform: Platform, people: tuple[Person, Person]
) -> None:
    author, reader = people
    first = author.tweet(long_text(reader))
    quote = reader.tweet("Look", quote_tweet_id=first)
    query = f"{FIELD}&expansions=referenced_tweets.id"
    quoted = reader.ok("GET", f"/2/tweets/{quote}?{query}")["includes"]["tweets"][0]
    assert quoted["note_tweet"]["text"] == long_text(reader)
    body = {"text": "y " * 1000, "edit_options": {"previous_post_id": first}}
    second = author.ok("POST", "/2/tweets", body)["data"]["id"]
    body = {"text": "Short", "edit_options": {"previous_post_id": second}}
    third = author.ok("POST", "/2/tweets", body)["data"]["id"]
    for version, whole in ((first, long_text(reader)), (second, ("y " * 1000).strip())):
        shown = reader.ok("GET", f"/2/tweets/{version}?{FIELD}")["data"]
        assert shown["note_tweet"]["text"] == whole
    last = reader.ok("GET", f"/2/tweets/{third}?{FIELD},viewer")["data"]
    assert "note_tweet" not in last and "truncated" not in last["viewer"]
    author.ok("DELETE", f"/2/tweets/{third}")
    assert reader.call("GET", f"/2/tweets/{second}?{FIELD}").status == 404
    platform.settle()
    assert stored(first) is None and stored(second) is None


def test_a_scheduled_tweet_and_a_key_write_the_whole_too(
    platform: Platform, people: tuple[Person, Person]
) -> None:
    author, reader = people
    text = long_text(reader)
    planned = schedule(author, text)
    act(message(author, planned))
    posted = author.ok("GET", f"/1/tweets/scheduled/{planned}")["data"]["tweet_id"]
    assert stored(posted)["text"] == text
    refused = {"scheduled_at": "2999-01-01T00:00:00Z", "tweet": {"text": text}}
    assert "too long" in reader.call("POST", "/1/tweets/scheduled", refused).body.decode()
    body = {"text": f"Once. {text}"}
    answers = [
        author.call("POST", "/2/tweets", body, **{"idempotency-key": "long"}).json()["data"]
        for _ in range(2)
    ]
    assert answers[0] == answers[1] and stored(answers[0]["id"])["text"] == body["text"]


def test_an_answer_has_room_for_so_many(
    people: tuple[Person, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    author, reader = people
    both = [author.tweet(f"{n}{' caw' * 1000}") for n in range(2)]
    monkeypatch.setattr(notes, "_MAX_BYTES", 6_000)
    body = reader.ok("GET", f"/2/tweets?ids={','.join(both)}&{FIELD}")
    assert ["note_tweet" in one for one in body["data"]] == [True, False]
    error = body["errors"][0]
    assert (error["title"], error["resource_id"]) == ("Field Omitted", both[1])


def test_a_whole_that_a_replica_does_not_show_is_asked_for_again(
    people: tuple[Person, Person],
) -> None:
    author, reader = people
    tweet_id = author.tweet(f"Late{' caw' * 100}")
    seen: list[Any] = []

    def behind(request: Any) -> Any:
        asked = request["RequestItems"].get(TEXTS.name)
        if asked and not asked["ConsistentRead"]:
            seen.append(asked.pop("Keys"))
            del request["RequestItems"][TEXTS.name]
        return None

    with intercepted("dynamodb", "BatchGetItem", behind):
        shown = reader.ok("GET", f"/2/tweets/{tweet_id}?{FIELD}")["data"]
    assert seen and shown["note_tweet"]["text"].startswith("Late caw")


def test_exports_hold_the_whole_and_erasure_removes_names(
    platform: Platform, people: tuple[Person, Person]
) -> None:
    author, _ = people
    friend = platform.register()
    tweet_id = author.tweet(long_text(friend))
    platform.settle()
    with running("tweets", "export_user"):
        found, _ = export.tweets(author.id, None)
    assert next(one for one in found if one["id"] == tweet_id)["note_tweet"]["text"] == long_text(
        friend
    )
    for _ in range(2):
        with running("tweets", "erase_user"):
            erasure.mentions({"user_id": friend.id}, None)
        item = erasure.TWEETS.get({"id": tweet_id}, consistent=True)
        assert item and "later_mention_ids" not in item
        assert friend.id not in stored(tweet_id)["entities"]
    assert stored(tweet_id)["text"] == long_text(friend)
