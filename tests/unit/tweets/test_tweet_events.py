"""Events of a new tweet, of tweets it refers to and people it mentions."""

from typing import Any

from scripts.base.domain import load_app
from shared.aws.events import Event, schema
from shared.aws.streams import Change
from shared.base.validation import check

publishing = load_app("tweets").publishing

TWEET = {
    "id": "20",
    "author_id": "7",
    "kind": "tweet",
    "text": "x",
    "version": 1,
    "updated_at": 1000,
    "conversation_id": "20",
}


def events(**members: Any) -> dict[str, Event]:
    change = Change("1", {"id": "20"}, None, {**TWEET, **members})
    found = list(publishing.tweet_events(change))
    for event in found:
        check(schema(event.type), event.data)
    assert len({event.id for event in found}) == len(found)
    return {event.type: event for event in found}


def test_a_plain_tweet_is_told_once() -> None:
    assert set(events()) == {"tweet.created"}


def test_what_a_tweet_does_to_others_is_told_beside_it() -> None:
    done = {"tweet_id": "10", "author_id": "3", "user_id": "7"}
    found = events(kind="retweet", retweeted_tweet_id="10", retweeted_user_id="3")
    assert found["tweet.retweeted"].data == {**done, "retweet_id": "20"}
    both = events(
        kind="reply",
        in_reply_to_tweet_id="10",
        in_reply_to_user_id="3",
        quoted_tweet_id="11",
        quoted_user_id="4",
        entities={"mentions": [{"id": "5"}, {"id": "3"}, {"id": "5"}]},
    )
    assert set(both) == {"tweet.created", "tweet.replied", "tweet.quoted", "tweet.mentioned"}
    assert both["tweet.replied"].data == {**done, "reply_tweet_id": "20"}
    assert both["tweet.quoted"].data["author_id"] == "4"
    assert both["tweet.mentioned"].data["mentioned_user_ids"] == ["5", "3"]


def test_a_reply_to_an_erased_account_can_be_published_again() -> None:
    """Erasure removes the account's id from others' tweets."""
    assert set(events(kind="reply", in_reply_to_tweet_id="10")) == {"tweet.created"}


def test_a_new_version_answers_and_quotes_nobody_again() -> None:
    found = events(
        kind="quote", quoted_tweet_id="11", quoted_user_id="4", edit_history=["19", "20"]
    )
    assert set(found) == {"tweet.edited"}


def test_a_deletion_is_no_new_tweet() -> None:
    reply = {**TWEET, "kind": "reply", "in_reply_to_tweet_id": "10", "in_reply_to_user_id": "3"}
    gone = {**reply, "deleted": True, "version": 2}
    found = [e.type for e in publishing.tweet_events(Change("2", {"id": "20"}, reply, gone))]
    assert found == ["tweet.deleted"]
