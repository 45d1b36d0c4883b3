"""Posting tweets.

A plain tweet is a single conditional put; everything else follows by stream.
"""

from collections.abc import Mapping

from chalicelib.tweets.core import language, visibility
from chalicelib.tweets.core import text as tweet_text
from chalicelib.tweets.core.models import IDEMPOTENCY, TWEETS
from chalicelib.tweets.engagement import polls
from chalicelib.tweets.pipeline import recent_writes
from chalicelib.tweets.posting import (
    attachments,
    duplicates,
    items,
    long_texts,
    reply_permissions,
    timers,
)

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.idempotency import IdempotencyKey
from shared.aws.table import Action
from shared.base.errors import Problem, invalid_request, not_found
from shared.base.ids import new_id
from shared.contracts import profiles
from shared.text.entities import entities as find_entities
from shared.text.entities import find_mentions


def create_tweet(
    user_id: str,
    body: Item,
    headers: Mapping[str, str],
    subject: str,
    client_id: str | None = None,
) -> Item:
    """Post a tweet, reply or quote.

    Calls: one for plain text; mentions, media, a reply or a quote add one read each;
    an Idempotency-Key, a poll with its timer, or a long text makes the write a transaction.

    Args:
        subject: the principal that an Idempotency-Key belongs to.
        client_id: the app that posts it, for its ``source``.

    Returns:
        ``{"id", "text", "edit_history_tweet_ids"}``.

    Raises:
        Problem: 400 for text that cannot be a tweet, 403 when the author of
            the referenced tweet limits who may reply, or when the caller has just
            posted the same, 404 when the caller cannot see the referenced tweet.
    """
    key = IdempotencyKey.from_headers(headers, IDEMPOTENCY.name, subject, "POST /2/tweets", body)
    said = duplicates.digest(body)
    try:
        duplicates.refuse(user_id, said)
        fields = {**prepare(user_id, body), "client_id": client_id}
    except Problem as problem:
        if key is None:
            raise
        return key.replay_or_raise(problem)
    stored = _store(fields, key)
    duplicates.note(user_id, said, stored["id"])
    return stored


def prepare(user_id: str, body: Item) -> Item:
    """Return the attributes of a tweet that the user may post.

    ``note`` is no attribute, but the long text for `insert_actions`, or ``None``.

    Raises:
        Problem: as `create_tweet`.
    """
    tweet: Item = {"author_id": user_id, "kind": "tweet", **content(user_id, body)}
    if "poll" in body:
        tweet["poll"] = polls.poll_of(body)
    if "media" in body:
        tweet["media"] = attachments.load(user_id, body["media"]["media_ids"])
    tweet["reply_settings"] = _reply_settings(body)
    return tweet | _references(user_id, body)


def content(user_id: str, body: Item) -> Item:
    """Return text, entities and language of a user's new tweet.

    A long text is split (`long_texts.split`).

    Raises:
        Problem: 400 for text that cannot be a tweet.
    """
    text = clean_text(user_id, body)
    names = list(dict.fromkeys(name.lower() for _, _, name in find_mentions(text)))
    mentioned = profiles.ids_of_usernames(names[:50]) if names else {}
    parts = long_texts.split(text, find_entities(text, mentioned))
    return {**parts, "lang": language.guess(parts["text"])}


def clean_text(user_id: str, body: Item) -> str:
    """Return the text of a user's new tweet; with media it may be empty.

    Raises:
        Problem: 400 for text that cannot be a tweet.
    """
    given: str = body.get("text", "")
    if not given and body.get("media"):
        return given
    try:
        return long_texts.clean(user_id, given)
    except tweet_text.InvalidTextError as error:
        raise invalid_request(f"text: {error}", text=given[:50]) from error


def insert_actions(tweet: Item, note: Item | None) -> list[Action]:
    """Return a transaction's actions for a new tweet.

    The put comes first, then its long text and the timer of a poll.
    """
    actions = [TWEETS.insert_action(tweet), *long_texts.insert_actions(tweet["id"], note)]
    if poll := tweet.get("poll"):
        end = polls.ends_at(tweet["id"], poll["duration_minutes"])
        actions.append(timers.put_action(end, "poll", tweet["id"]))
    return actions


def _reply_settings(body: Item) -> str | None:
    """Return who may reply, ``None`` for everyone.

    A poll may have the setting, too.
    """
    asked = body.get("reply_settings") or body.get("poll", {}).get("reply_settings", "everyone")
    return None if asked == "everyone" else str(asked)


def _references(user_id: str, body: Item) -> Item:
    """Return what a reply or a quote stores of the tweets it refers to."""
    reply_id = body.get("reply", {}).get("in_reply_to_tweet_id")
    quote_id = body.get("quote_tweet_id")
    wanted = [tweet_id for tweet_id in (reply_id, quote_id) if tweet_id]
    if not wanted:
        return {}
    found = visibility.visible_tweets(user_id, wanted)
    references: Item = {}
    if quote_id:
        quoted = _require(found, quote_id, "quote_tweet_id")
        references |= {
            "kind": "quote",
            "quoted_tweet_id": quoted["id"],
            "quoted_user_id": quoted["author_id"],
        }
    if reply_id:
        replied = _require(found, reply_id, "in_reply_to_tweet_id")
        references |= {
            "kind": "reply",
            "in_reply_to_tweet_id": replied["id"],
            "in_reply_to_user_id": replied["author_id"],
            "conversation_id": replied["conversation_id"],
            "reply_settings": reply_permissions.inherited_settings(user_id, replied),
        }
    return references


def _require(found: Mapping[str, Item], tweet_id: str, parameter: str) -> Item:
    tweet = found.get(tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id, parameter)
    return tweet


def _store(fields: Item, key: IdempotencyKey | None) -> Item:
    """Write a tweet under a new id.

    Returns:
        the answer to its request, or to an earlier one with the same key.
    """
    note = fields["note"]
    while True:
        tweet = items.new(new_id(), fields)
        answer = {
            "id": tweet["id"],
            "text": tweet["text"],
            "edit_history_tweet_ids": [tweet["id"]],
        }
        if key is None and note is None and "poll" not in tweet:
            stored = answer if _insert(tweet) else None
        else:
            stored = _insert_with(key, tweet, note, answer)
        if stored is answer:
            recent_writes.note(tweet)
        if stored is not None:
            return stored
        # Two processes made the same snowflake in one millisecond: take another.


def _insert(tweet: Item) -> bool:
    """Insert a tweet, unless another tweet has its id."""
    inserted = TWEETS.insert(tweet)
    return inserted.item is None or _is_same(tweet, inserted.item)


def _is_same(tweet: Item, stored: Item) -> bool:
    """True if an earlier attempt wrote the tweet, and its answer was lost."""
    return all(stored.get(name) == tweet[name] for name in ("author_id", "kind", "text"))


def _insert_with(
    key: IdempotencyKey | None, tweet: Item, note: Item | None, answer: Item
) -> Item | None:
    """Insert a tweet with long text, a poll's timer and its key's record.

    Returns:
        the answer, the earlier answer if the key was used, or ``None`` if the id is taken.
    """
    record = [] if key is None else [key.record(answer)]
    try:
        dynamo.transact(
            [*record, *insert_actions(tweet, note)], conflict_attempts=dynamo.CONFLICT_ATTEMPTS
        )
    except dynamo.TransactionCanceled as canceled:
        if key is not None and canceled.failed(0):
            return key.replay(canceled.items[0])
        if not canceled.failed(len(record)):
            raise
        # By now AWS may have forgotten the token that told an attempt from its repetition.
        return answer if _is_same(tweet, canceled.items[len(record)]) else None
    return answer
