"""Editing: each version of a tweet is a tweet of its own, all of them in one chain.

The newest version takes the place of the one before, which stays to be read by
its id but leaves every index and timeline. Every version knows the whole chain.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.tweets.core import cache, visibility
from chalicelib.tweets.core.models import IdempotencyRecord, Tweet
from chalicelib.tweets.pipeline import recent_writes
from chalicelib.tweets.posting import create

from shared.aws import dynamo
from shared.aws.idempotency import IdempotencyKey
from shared.aws.models import as_dict
from shared.base.clock import now_ms
from shared.base.errors import Problem, conflict, forbidden, invalid_request, not_found
from shared.base.ids import new_id
from shared.contracts import media_object
from shared.contracts.tweet_object import MAX_EDITS, edit_eligible, edit_history, editable_until

Item = dict[str, Any]

# What an edit cannot change: a body that names one of them is refused.
_FIXED = ("media", "poll", "quote_tweet_id", "reply", "reply_settings")
# What a version has for itself; everything else is handed on to the next.
_OWN = {"id", "position", "version", "updated_at", "text", "entities", "lang", "superseded_by"}


def edit_tweet(user_id: str, body: Item, headers: Mapping[str, str], subject: str) -> Item:
    """Replace the newest version of an own tweet by a new one.

    Calls: one read, one transaction of a put and an update a version; mentions
    add one read.

    Returns:
        ``{"id", "text", "edit_history_tweet_ids"}`` of the new version.

    Raises:
        Problem: 400 for text that cannot be a tweet or members that an edit
            cannot change, 403 for somebody else's tweet, one that cannot be
            edited or not any more, 404 when it is not there, 409 when it has
            a newer version.
    """
    key = IdempotencyKey.from_headers(
        headers, IdempotencyRecord.Meta.table_name, subject, "POST /2/tweets", body
    )
    try:
        previous, fields = _prepare(user_id, body)
    except Problem as problem:
        if key is None:
            raise
        return key.replay_or_raise(problem)
    return _store(previous, fields, key)


def _prepare(user_id: str, body: Item) -> tuple[Item, Item]:
    """The version to be replaced, and the attributes of the one that takes its place."""
    if fixed := [name for name in _FIXED if name in body]:
        raise invalid_request(f"An edit cannot change: {', '.join(fixed)}", edit_options=fixed)
    previous_id = body["edit_options"]["previous_post_id"]
    previous = visibility.load_tweets([previous_id], consistent=True).get(previous_id)
    if previous is None or previous.get("deleted"):
        raise not_found("tweet", previous_id, "previous_post_id")
    if previous["author_id"] != user_id:
        raise forbidden("You can only edit your own tweets.")
    if problem := _refusal(previous):
        raise problem
    kept = {name: value for name, value in previous.items() if name not in _OWN}
    # Kept as JSON text, which the model would wrap once more.
    kept["media"] = media_object.of_tweet(previous) or None
    return previous, {**kept, **create.content({"media": kept["media"], **body})}


def _refusal(tweet: Item) -> Problem | None:
    if not edit_eligible(tweet):
        return forbidden("Retweets, polls and replies to others cannot be edited.")
    if now_ms() >= editable_until(tweet):
        return forbidden("A tweet can be edited for thirty minutes only.")
    if len(edit_history(tweet)) > MAX_EDITS:
        return forbidden(f"A tweet can be edited {MAX_EDITS} times.")
    return None


def _store(previous: Item, fields: Item, key: IdempotencyKey | None) -> Item:
    tweet_id = new_id()
    # One that is not the newest fails its condition below, unless the key was used for that.
    older = edit_history(previous)
    versions = [*older, tweet_id]
    tweet = create.new_tweet(tweet_id, {**fields, "edit_history": versions})
    shown = {"id": tweet_id, "text": fields["text"], "edit_history_tweet_ids": versions}
    actions = [_supersede(previous, versions), create.put_action(tweet)]
    actions += [_lengthen(i, versions) for i in older if i != previous["id"]]
    if key is not None:
        actions.insert(0, key.record(shown))
    try:
        dynamo.transact(actions, conflict_attempts=dynamo.PATIENT)
    except dynamo.TransactionCanceled as canceled:
        if key is not None and canceled.failed(0):
            return key.replay(canceled.items[0])
        raise conflict("This tweet has a newer version, or is gone.") from canceled
    recent_writes.note(as_dict(tweet))
    for version in older:
        cache.tweets().forget(version)
    return shown


def _supersede(previous: Item, versions: list[str]) -> Item:
    """The update that takes the version before out of every index."""
    action = _lengthen(previous["id"], versions)
    action["Update"] |= {
        "UpdateExpression": (
            "SET edit_history = :versions, updated_at = :now, superseded_by = :newest "
            "REMOVE #position ADD version :one"
        ),
        "ConditionExpression": "attribute_exists(#position)",
        "ExpressionAttributeNames": {"#position": "position"},
    }
    return action


def _lengthen(tweet_id: str, versions: list[str]) -> Item:
    """The update that tells an old version of the new one."""
    values = {":versions": versions, ":now": now_ms(), ":one": 1, ":newest": versions[-1]}
    return {
        "Update": {
            "TableName": Tweet.Meta.table_name,
            "Key": {"id": {"S": tweet_id}},
            "UpdateExpression": (
                "SET edit_history = :versions, updated_at = :now, superseded_by = :newest "
                "ADD version :one"
            ),
            "ConditionExpression": "attribute_not_exists(deleted)",
            "ExpressionAttributeValues": dynamo.encode_item(values),
        }
    }
