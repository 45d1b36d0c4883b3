"""Editing: versions are tweets, and only the newest one is in lists."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from shared.aws import dynamo, sdk
from shared.base.clock import now_ms
from shared.base.ids import first_id_at
from shared.contracts.tweet_object import MAX_EDITS
from tests.faults import intercepted
from tests.integration.tweets.tweets_support import ids
from tests.media_support import attached, photo
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration

TABLE = "rookery-dev-tweets-tweets"


@pytest.fixture(scope="module")
def people(platform: Platform) -> Iterator[tuple[Person, Person]]:
    author, reader = platform.register(), platform.register()
    reader.follow(author)
    platform.settle()
    yield author, reader


def edit(author: Person, tweet_id: str, text: str, **members: Any) -> Any:
    body = {"text": text, "edit_options": {"previous_post_id": tweet_id}, **members}
    return author.call("POST", "/2/tweets", body)


def edited(author: Person, tweet_id: str, text: str) -> str:
    answer = edit(author, tweet_id, text)
    assert answer.status == 201, answer.body
    new_id: str = answer.json()["data"]["id"]
    return new_id


def test_lists_show_the_newest_version_and_each_keeps_its_id(
    platform: Platform, people: tuple[Person, Person]
) -> None:
    author, reader = people
    before = author.ok("GET", "/2/users/me?user.fields=public_metrics")["data"]["public_metrics"]
    first = author.tweet("Teh rook")
    platform.settle()
    second = edited(author, first, f"The rook of @{reader.username}")
    third = edited(author, second, "The rook, finally")
    platform.settle()
    assert [i for i in reader.home() if i in (first, second, third)] == [third]
    assert ids(author, f"/2/users/{author.id}/tweets")[0] == third
    mentions = ids(reader, f"/2/users/{reader.id}/mentions")
    assert not {first, second} & set(mentions)
    query = "tweet.fields=edit_controls,created_at&expansions=edit_history_tweet_ids"
    for version, text in ((first, "Teh rook"), (third, "The rook, finally")):
        body = reader.ok("GET", f"/2/tweets/{version}?{query}")
        assert body["data"]["text"] == text
        assert body["data"]["edit_history_tweet_ids"] == [first, second, third]
        controls = body["data"]["edit_controls"]
        assert (controls["edits_remaining"], controls["is_edit_eligible"]) == (3, True)
        others = {t["id"] for t in body["includes"]["tweets"]}
        assert others == {first, second, third} - {version}
    after = author.ok("GET", "/2/users/me?user.fields=public_metrics")["data"]["public_metrics"]
    assert after["tweet_count"] == before["tweet_count"] + 1


def test_engagements_and_replies_go_to_the_newest_version(
    platform: Platform, people: tuple[Person, Person]
) -> None:
    author, reader = people
    first = author.tweet("one")
    early = reader.tweet("early", reply={"in_reply_to_tweet_id": first})
    reader.ok("POST", f"/2/users/{reader.id}/likes", {"tweet_id": first})
    second = edited(author, first, "two")
    author.ok("POST", f"/2/users/{author.id}/likes", {"tweet_id": first})
    late = reader.tweet("late", reply={"in_reply_to_tweet_id": first})
    platform.settle()
    fields = "tweet.fields=public_metrics,referenced_tweets,conversation_id"
    new = reader.ok("GET", f"/2/tweets/{second}?{fields}")["data"]
    assert (new["public_metrics"]["like_count"], new["public_metrics"]["reply_count"]) == (1, 1)
    assert new["conversation_id"] == first
    reply = reader.ok("GET", f"/2/tweets/{late}?{fields}")["data"]
    assert reply["referenced_tweets"] == [{"type": "replied_to", "id": second}]
    for version in (first, second):
        assert ids(reader, f"/1/tweets/{version}/replies") == [early, late]
    # The like of the first version is undone under the id of the second.
    reader.ok("DELETE", f"/2/users/{reader.id}/likes/{second}")
    platform.settle()
    old = reader.ok("GET", f"/2/tweets/{first}?{fields}")["data"]
    assert old["public_metrics"]["like_count"] == 0


def test_a_like_is_undone_under_any_id_though_one_of_another_version_was_undone_before(
    platform: Platform, people: tuple[Person, Person]
) -> None:
    author, reader = people
    likes = f"/2/users/{reader.id}/likes"
    first = author.tweet("one")
    reader.ok("POST", likes, {"tweet_id": first})
    reader.ok("DELETE", f"{likes}/{first}")
    second = edited(author, first, "two")
    reader.ok("POST", likes, {"tweet_id": second})
    reader.ok("DELETE", f"{likes}/{first}")
    platform.settle()
    shown = reader.ok("GET", f"/2/tweets/{second}?tweet.fields=public_metrics,viewer")["data"]
    assert shown["public_metrics"]["like_count"] == 0
    assert shown["viewer"]["liked"] is False


def test_an_edited_reply_counts_once_and_deleting_takes_all_versions(
    platform: Platform, people: tuple[Person, Person]
) -> None:
    author, reader = people
    root = author.tweet("root")
    reply = author.tweet("self repyl", reply={"in_reply_to_tweet_id": root})
    newer = edited(author, reply, "self reply")
    platform.settle()
    metrics = f"/2/tweets/{root}?tweet.fields=public_metrics"
    assert author.ok("GET", metrics)["data"]["public_metrics"]["reply_count"] == 1
    count = author.ok("GET", "/2/users/me?user.fields=public_metrics")["data"]["public_metrics"]
    author.ok("DELETE", f"/2/tweets/{reply}")
    author.ok("DELETE", f"/2/tweets/{newer}")
    platform.settle()
    assert author.ok("GET", metrics)["data"]["public_metrics"]["reply_count"] == 0
    for version in (reply, newer):
        assert reader.call("GET", f"/2/tweets/{version}").status == 404
    left = author.ok("GET", "/2/users/me?user.fields=public_metrics")["data"]["public_metrics"]
    assert left["tweet_count"] == count["tweet_count"] - 1


def test_five_edits_one_winner_and_the_same_answer_for_a_key(
    people: tuple[Person, Person],
) -> None:
    author, _ = people
    tweet_id = author.tweet("0")
    with ThreadPoolExecutor(4) as threads:
        calls = [threads.submit(edit, author, tweet_id, f"race {n}") for n in range(4)]
        statuses = sorted(call.result().status for call in calls)
    assert statuses == [201, 409, 409, 409]
    newest = author.ok("GET", f"/2/tweets/{tweet_id}")["data"]["edit_history_tweet_ids"][-1]
    body = {"text": "keyed", "edit_options": {"previous_post_id": newest}}
    answers = [
        author.ok("POST", "/2/tweets", body, Idempotency_Key=f"edit-{newest}") for _ in range(2)
    ]
    assert answers[0] == answers[1]
    newest = answers[0]["data"]["id"]
    for n in range(MAX_EDITS - 2):
        newest = edited(author, newest, f"again {n}")
    assert edit(author, newest, "once too often").status == 403


def test_a_repeated_request_is_answered_though_it_could_not_be_made_any_more(
    people: tuple[Person, Person],
) -> None:
    author, reader = people
    root = reader.tweet("asks")
    reply = {"text": "answers", "reply": {"in_reply_to_tweet_id": root}}
    key = {"Idempotency_Key": f"gone-{root}"}
    first = author.ok("POST", "/2/tweets", reply, **key)
    newest = tweet_id = author.tweet("0")
    for n in range(MAX_EDITS - 1):
        newest = edited(author, newest, f"{n + 1}")
    last = {"text": "last", "edit_options": {"previous_post_id": newest}}
    edit_key = {"Idempotency_Key": f"last-{tweet_id}"}
    edit_answer = author.ok("POST", "/2/tweets", last, **edit_key)
    reader.ok("DELETE", f"/2/tweets/{root}")
    assert author.ok("POST", "/2/tweets", reply, **key) == first
    assert author.ok("POST", "/2/tweets", last, **edit_key) == edit_answer
    author.ok("DELETE", f"/2/tweets/{tweet_id}")
    assert author.ok("POST", "/2/tweets", last, **edit_key) == edit_answer
    # Another key makes another request; another body with the same key is refused.
    other = {"Idempotency_Key": f"other-{root}"}
    assert author.call("POST", "/2/tweets", reply, **other).status == 404
    assert author.call("POST", "/2/tweets", {**reply, "text": "other"}, **key).status == 409


def test_an_edit_may_leave_media_without_words(people: tuple[Person, Person]) -> None:
    author, _ = people
    tweet_id = author.tweet(**attached(photo(author)))
    shown = author.ok("GET", f"/2/tweets/{edited(author, tweet_id, '')}")["data"]
    assert shown["text"] == ""


def test_what_cannot_be_edited(platform: Platform, people: tuple[Person, Person]) -> None:
    author, reader = people
    tweet_id = author.tweet("mine")
    assert edit(reader, tweet_id, "not yours").status == 403
    assert edit(author, "123", "nothing").status == 404
    assert edit(author, tweet_id, " ").status == 400
    assert edit(author, tweet_id, "x", reply={"in_reply_to_tweet_id": tweet_id}).status == 400
    reply = reader.tweet("to another", reply={"in_reply_to_tweet_id": tweet_id})
    assert edit(reader, reply, "no").status == 403
    poll = author.tweet("?", poll={"options": ["a", "b"], "duration_minutes": 5})
    assert edit(author, poll, "no").status == 403
    author.ok("DELETE", f"/2/tweets/{tweet_id}")
    assert edit(author, tweet_id, "gone").status == 404
    old_id = str(first_id_at(now_ms() - 30 * 60_000 - 1) + int(author.id) % 4096)
    old = {
        "id": old_id, "position": int(old_id), "author_id": author.id, "kind": "tweet",
        "text": "Too late", "conversation_id": old_id, "version": 1, "updated_at": now_ms(),
    }  # fmt: skip
    dynamo.batch_write(TABLE, puts=[old])
    assert edit(author, old_id, "late").status == 403
    platform.settle()


def test_what_is_undone_at_once_is_undone_whatever_a_late_replica_says(
    platform: Platform, people: tuple[Person, Person]
) -> None:
    author, reader = people
    first = author.tweet("hasty")
    late = sdk.client("dynamodb").get_item(TableName=TABLE, Key={"id": {"S": first}})["Item"]
    second = edited(author, first, "hastier")

    def replica(params: dict[str, Any]) -> dict[str, Any] | None:
        asked = params["RequestItems"].get(TABLE, {"ConsistentRead": True})
        return None if asked["ConsistentRead"] else {"Responses": {TABLE: [late]}}

    retweets = f"/2/users/{reader.id}/retweets"
    retweet = reader.ok("POST", retweets, {"tweet_id": second})["data"]["rest_id"]
    with intercepted("dynamodb", "BatchGetItem", replica):
        reader.ok("DELETE", f"{retweets}/{retweet}")
        assert retweet not in ids(reader, f"/2/users/{reader.id}/tweets")
        assert author.call("DELETE", f"/2/tweets/{first}").json() == {"data": {"deleted": True}}
    for version in (first, second):
        assert reader.call("GET", f"/2/tweets/{version}").status == 404
