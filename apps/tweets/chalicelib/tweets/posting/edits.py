"""Editing: each version of a tweet is a tweet of its own.

The newest version replaces the one before, which can still be read by its id but
leaves every index and timeline. Every version knows the whole chain.
"""

from collections.abc import Mapping

from chalicelib.tweets.core import cache, visibility
from chalicelib.tweets.core.models import IDEMPOTENCY, TWEETS
from chalicelib.tweets.pipeline import lookup, recent_writes
from chalicelib.tweets.posting import create, items, long_texts

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.idempotency import IdempotencyKey
from shared.base.clock import now_ms
from shared.base.errors import Problem, conflict, forbidden, invalid_request, not_found
from shared.base.ids import new_id
from shared.contracts import media_object
from shared.contracts.tweet_object import MAX_EDITS, edit_eligible, edit_history, editable_until

# Members that an edit cannot change: a body with one of them is refused.
_FIXED = ("media", "poll", "quote_tweet_id", "reply", "reply_settings")
# Attributes of one version; all others are copied to the next.
_OWN = {
    *("id", "position", "version", "updated_at", "superseded_by"),
    *("text", "entities", "long_text", "later_mention_ids", "lang"),
}


def edit_tweet(user_id: str, body: Item, headers: Mapping[str, str], subject: str) -> Item:
    """Replace the newest version of an own tweet with a new one.

    Calls: one read, one transaction of a put (two for a long text) and an update per older version;
    mentions add one read.

    Args:
        subject: the principal that an Idempotency-Key belongs to.

    Returns:
        ``{"id", "text", "edit_history_tweet_ids"}`` of the new version.

    Raises:
        Problem: 400 for text that cannot be a tweet or members that an edit cannot change,
            403 for another author's tweet or one that cannot be edited (any more), 404 when
            the user cannot see it, 409 when it has a newer version.
    """
    key = IdempotencyKey.from_headers(headers, IDEMPOTENCY.name, subject, "POST /2/tweets", body)
    try:
        previous, fields = _prepare(user_id, body)
    except Problem as problem:
        if key is None:
            raise
        return key.replay_or_raise(problem)
    return _store(previous, fields, key)


def _prepare(user_id: str, body: Item) -> tuple[Item, Item]:
    """Return the version to replace, and the attributes of its successor."""
    if fixed := [name for name in _FIXED if name in body]:
        raise invalid_request(f"An edit cannot change: {', '.join(fixed)}", edit_options=fixed)
    previous_id = body["edit_options"]["previous_post_id"]
    previous = visibility.load_tweets([previous_id], consistent=True).get(previous_id)
    if previous is None or previous.get("deleted"):
        raise not_found("tweet", previous_id, "previous_post_id")
    if previous["author_id"] != user_id:
        if lookup.visible_tweet(user_id, previous_id) is None:
            raise not_found("tweet", previous_id, "previous_post_id")
        raise forbidden("You can only edit your own tweets.")
    _check_editable(previous)
    copied = {name: value for name, value in previous.items() if name not in _OWN}
    media = media_object.of_tweet(previous) or None
    content = create.content(user_id, {"media": media, **body})
    return previous, {**copied, "media": media, **content}


def _check_editable(tweet: Item) -> None:
    if not edit_eligible(tweet):
        raise forbidden("Retweets, polls and replies to others cannot be edited.")
    if now_ms() >= editable_until(tweet):
        raise forbidden("A tweet can only be edited for thirty minutes.")
    if len(edit_history(tweet)) > MAX_EDITS:
        raise forbidden(f"A tweet can be edited at most {MAX_EDITS} times.")


def _store(previous: Item, fields: Item, key: IdempotencyKey | None) -> Item:
    tweet_id = new_id()
    # If there is a newer version, a condition fails, unless the key was used to make that one.
    older = edit_history(previous)
    versions = [*older, tweet_id]
    tweet = items.new(tweet_id, {**fields, "edit_history": versions})
    answer = {"id": tweet_id, "text": tweet["text"], "edit_history_tweet_ids": versions}
    actions = [items.supersede(previous["id"], versions), TWEETS.insert_action(tweet)]
    actions += [items.add_version(i, versions) for i in older if i != previous["id"]]
    actions += long_texts.insert_actions(tweet_id, fields["note"])
    if key is not None:
        actions.insert(0, key.record(answer))
    try:
        dynamo.transact(actions, conflict_attempts=dynamo.CONFLICT_ATTEMPTS)
    except dynamo.TransactionCanceled as canceled:
        if key is not None and canceled.failed(0):
            return key.replay(canceled.items[0])
        raise conflict("The tweet has a newer version or was deleted.") from canceled
    recent_writes.note(tweet)
    for version in older:
        cache.tweets().forget(version)
    return answer
