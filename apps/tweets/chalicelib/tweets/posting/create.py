"""Writing tweets: a plain one is a single conditional put; everything else follows by stream."""

from collections.abc import Mapping
from typing import Any

from chalicelib.tweets.core import language, visibility
from chalicelib.tweets.core import text as tweet_text
from chalicelib.tweets.core.models import IdempotencyRecord, Tweet
from chalicelib.tweets.engagement import polls
from chalicelib.tweets.pipeline import recent_writes
from chalicelib.tweets.posting import attachments, reply_permissions, timers
from pynamodb.exceptions import PutError

from shared.aws import dynamo
from shared.aws.idempotency import IdempotencyKey
from shared.aws.models import as_dict
from shared.base.clock import now_ms
from shared.base.errors import Problem, invalid_request, not_found
from shared.base.ids import new_id
from shared.contracts import profiles
from shared.text.entities import entities as find_entities
from shared.text.entities import find_mentions

Item = dict[str, Any]


def create_tweet(user_id: str, body: Item, headers: Mapping[str, str], subject: str) -> Item:
    """Post a tweet, reply or quote.

    Calls: one for plain text; mentions, a reply or a quote add one read each;
    an Idempotency-Key, or a poll with its timer, makes the write a transaction.

    Returns:
        ``{"id", "text", "edit_history_tweet_ids"}``.

    Raises:
        Problem: 400 for text that cannot be a tweet, 403 when the author of
            the referenced tweet blocked the caller or limits who may reply,
            404 when it is not there.
    """
    key = IdempotencyKey.from_headers(
        headers, IdempotencyRecord.Meta.table_name, subject, "POST /2/tweets", body
    )
    try:
        fields = prepare(user_id, body)
    except Problem as problem:
        if key is None:
            raise
        return key.replay_or_raise(problem)
    return _store(fields, key)


def prepare(user_id: str, body: Item) -> Item:
    """The attributes of a tweet that a user may post.

    Raises:
        Problem: as `create_tweet`.
    """
    tweet = Item(author_id=user_id, kind="tweet", **content(body))
    tweet["poll"] = polls.stored(body)
    tweet["media"] = attachments.kept(user_id, body.get("media"))
    tweet["reply_settings"] = _reply_settings(body)
    return tweet | _references(user_id, body)


def content(body: Item) -> Item:
    """What the text of a new tweet says: itself, its entities and its language.

    Raises:
        Problem: 400 for text that cannot be a tweet.
    """
    text = words(body)
    names = list(dict.fromkeys(name.lower() for _, _, name in find_mentions(text)))
    mentioned = profiles.ids_of_usernames(names[:50]) if names else {}
    entities = find_entities(text, mentioned)
    return {"text": text, "entities": entities, "lang": language.guess(text)}


def words(body: Item) -> str:
    """The words of a tweet; with media there may be none.

    Raises:
        Problem: 400 for text that cannot be a tweet.
    """
    given: str = body.get("text", "")
    if not given and body.get("media"):
        return given
    try:
        return tweet_text.clean(given)
    except tweet_text.InvalidTextError as error:
        raise invalid_request(f"text: {error}", text=given[:50]) from error


def _reply_settings(body: Item) -> str | None:
    """Who may reply, where that is not everyone; a poll may say so too."""
    asked = body.get("reply_settings") or body.get("poll", {}).get("reply_settings", "everyone")
    return None if asked == "everyone" else str(asked)


def _references(user_id: str, body: Item) -> Item:
    """What a reply or a quote says about the tweets it refers to."""
    reply_id = body.get("reply", {}).get("in_reply_to_tweet_id")
    quote_id = body.get("quote_tweet_id")
    wanted = [tweet_id for tweet_id in (reply_id, quote_id) if tweet_id]
    if not wanted:
        return {}
    found = visibility.visible_tweets(user_id, wanted)
    references: Item = {}
    if quote_id:
        quoted = _existing(found, quote_id, "quote_tweet_id")
        references |= {
            "kind": "quote",
            "quoted_tweet_id": quoted["id"],
            "quoted_user_id": quoted["author_id"],
        }
    if reply_id:
        replied = _existing(found, reply_id, "in_reply_to_tweet_id")
        references |= {
            "kind": "reply",
            "in_reply_to_tweet_id": replied["id"],
            "in_reply_to_user_id": replied["author_id"],
            "conversation_id": replied["conversation_id"],
            "reply_settings": reply_permissions.inherited_settings(user_id, replied),
        }
    return references


def _existing(found: Mapping[str, Item], tweet_id: str, parameter: str) -> Item:
    tweet = found.get(tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id, parameter)
    return tweet


def _store(fields: Item, key: IdempotencyKey | None) -> Item:
    while True:
        tweet_id = new_id()
        tweet = new_tweet(tweet_id, fields)
        shown = {"id": tweet_id, "text": fields["text"], "edit_history_tweet_ids": [tweet_id]}
        try:
            if key is None and tweet.poll is None:
                tweet.save(condition=Tweet.id.does_not_exist())
            else:
                record = [] if key is None else [key.record(shown)]
                dynamo.transact([*record, *actions(tweet)], conflict_attempts=dynamo.PATIENT)
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            # Two processes made the same snowflake in one millisecond: take another. But where the
            # SDK tried again, as the answer to its first attempt was lost, the tweet is there.
            if not _stands(tweet):
                continue
        except dynamo.TransactionCanceled as canceled:
            if key is not None and canceled.failed(0):
                return key.replay(canceled.items[0])
            if not canceled.failed(0 if key is None else 1):
                raise
            continue
        recent_writes.note(as_dict(tweet))
        return shown


def _stands(tweet: Tweet) -> bool:
    """Whether the table has this very tweet (one consistent read)."""
    stored = visibility.load_tweets([tweet.id], consistent=True).get(tweet.id, {})
    same = ("author_id", "kind", "text")
    return all(stored.get(name) == getattr(tweet, name) for name in same)


def new_tweet(tweet_id: str, fields: Item) -> Tweet:
    """A tweet item that does not exist yet."""
    members = {name: value for name, value in fields.items() if value not in (None, {})}
    members.setdefault("conversation_id", tweet_id)
    return Tweet(tweet_id, position=int(tweet_id), updated_at=now_ms(), **members)


def actions(tweet: Tweet) -> list[Item]:
    """A transaction's actions for a new tweet: first its put; a poll has a timer, too."""
    if tweet.poll is None:
        return [put_action(tweet)]
    over = polls.ends_at(tweet.id, tweet.poll["duration_minutes"])
    return [put_action(tweet), timers.put_action(over, "poll", tweet.id)]


def put_action(tweet: Tweet) -> Item:
    """A transaction's conditional put of a new tweet."""
    return {
        "Put": {
            "TableName": Tweet.Meta.table_name,
            "Item": tweet.serialize(),
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }
