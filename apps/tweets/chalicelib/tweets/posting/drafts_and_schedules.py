"""Drafts and scheduled tweets: bodies of tweets to come, kept for their author alone.

A scheduled one is posted when its timer rings: one transaction turns it to
``posted`` and writes the tweet, so it is posted once however often it rings.
What cannot be posted ends as ``failed``, with the reason, and its author is told.
"""

from typing import Any

from chalicelib.tweets.core.models import PlannedTweet
from chalicelib.tweets.engagement import polls
from chalicelib.tweets.posting import attachments, timers
from chalicelib.tweets.posting import create as composing
from pynamodb.exceptions import DeleteError, UpdateError

from shared.aws import dynamo
from shared.base.clock import iso, now_ms, now_seconds, parse_iso
from shared.base.errors import Problem, conflict, invalid_request, not_found
from shared.base.ids import new_id, time_ms
from shared.base.pagination import decode_position, encode_token
from shared.contracts import profiles

Item = dict[str, Any]

DRAFT, SCHEDULED, POSTED, FAILED = "draft", "scheduled", "posted", "failed"
# X's own bound, eighteen months.
_FARTHEST_MS = 548 * 24 * 3_600_000
# How long one that is over can be looked up.
_KEPT_SECONDS = {POSTED: 7 * 24 * 3600, FAILED: 90 * 24 * 3600}


def create(user_id: str, kind: str, body: Item) -> Item:
    """Keep a draft (one put), or schedule a tweet (a transaction of two puts).

    Args:
        kind: ``draft`` or ``scheduled``.

    Its media are the caller's and ready; the stream then keeps them from expiring.

    Raises:
        Problem: 400 for a scheduled text that cannot be a tweet, media that
            cannot be attached, or a time that is past or too far away.
    """
    due_at = _checked(user_id, kind, body)
    planned_id = new_id()
    item = PlannedTweet(
        user_id,
        f"{kind}#{planned_id}",
        status=kind,
        body=body["tweet"],
        media_ids=_media_ids(body["tweet"]),
        due_at=due_at,
        updated_at=now_ms(),
    )
    if due_at is None:
        item.save()
    else:
        put = {"Put": {"TableName": PlannedTweet.Meta.table_name, "Item": item.serialize()}}
        dynamo.transact([put, timers.put_action(due_at, "post", f"{user_id}/{planned_id}")])
    return _present(item)


def replace(user_id: str, kind: str, planned_id: str, body: Item) -> Item:
    """Replace the tweet of a draft, or the tweet and the time of a schedule.

    A schedule that failed is scheduled again. The update comes after the timer: one that
    rings for nothing does no harm, a schedule without one would never be posted.

    Raises:
        Problem: 400 as in `create`, 404 when it is not there, 409 when it has been posted.
    """
    due_at = _checked(user_id, kind, body)
    media_ids = _media_ids(body["tweet"])
    item = _get(user_id, kind, planned_id)
    if due_at is not None:
        dynamo.transact([timers.put_action(due_at, "post", f"{user_id}/{planned_id}")])
    steps: list[Any] = [
        PlannedTweet.body.set(body["tweet"]),
        PlannedTweet.media_ids.set(media_ids) if media_ids else PlannedTweet.media_ids.remove(),
        PlannedTweet.status.set(kind),
        PlannedTweet.failure.remove(),
        PlannedTweet.expires_at.remove(),
        PlannedTweet.updated_at.set(now_ms()),
        PlannedTweet.version.add(1),
    ]
    if due_at is not None:
        steps.append(PlannedTweet.due_at.set(due_at))
    try:
        item.update(steps, condition=PlannedTweet.status.is_in(DRAFT, SCHEDULED, FAILED))
    except UpdateError as error:
        raise _gone(error) from error
    return _present(item)


def delete(user_id: str, kind: str, planned_id: str) -> Item:
    """Drop a draft or take back a schedule; what has been posted stays a tweet.

    Raises:
        Problem: 404 when it is not there.
    """
    try:
        PlannedTweet(user_id, f"{kind}#{planned_id}").delete(condition=PlannedTweet.entry.exists())
    except DeleteError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise not_found(f"{kind}_tweet", planned_id) from error
    return {"deleted": True}


def one(user_id: str, kind: str, planned_id: str) -> Item:
    """A draft or a schedule.

    Raises:
        Problem: 404 when it is not there.
    """
    return _present(_get(user_id, kind, planned_id))


def listed(user_id: str, kind: str, query: Item) -> Item:
    """A page of drafts or schedules, newest first (one Query)."""
    context = f"{kind}:{user_id}"
    position = decode_position(context, query.get("pagination_token"), below=str)
    size = query["max_results"]
    # "$" sorts behind "#" and "~" behind every digit: the upper bound is exclusive either way.
    below = f"{kind}#{position['below']}" if position else f"{kind}#~"
    found = list(
        PlannedTweet.query(
            user_id,
            PlannedTweet.entry.between(f"{kind}#", below),
            scan_index_forward=False,
            limit=size + 2,
        )
    )
    items = [item for item in found if item.entry != below]
    body: Item = {"meta": {"result_count": len(items[:size])}}
    if items:
        body = {"data": [_present(item) for item in items[:size]], **body}
    if items[size:]:
        body["meta"]["next_token"] = encode_token(context, {"below": _id(items[size - 1])})
    return body


def post(subject: str, due_at: int) -> None:
    """Post a scheduled tweet whose timer rings.

    Args:
        subject: ``<user id>/<id>``.
        due_at: the timer's moment; a schedule that was moved or taken back has another or none.
    """
    user_id, _, planned_id = subject.partition("/")
    try:
        item = PlannedTweet.get(user_id, f"{SCHEDULED}#{planned_id}", consistent_read=True)
    except PlannedTweet.DoesNotExist:
        return
    if item.status != SCHEDULED or item.due_at != due_at:
        return
    card = profiles.card(user_id)
    if card is None or not card.active:
        _fail(item, "The account is not active.")
        return
    try:
        fields = composing.prepare(user_id, item.body)
    except Problem as problem:
        _fail(item, problem.errors[0]["message"] if problem.errors else problem.detail)
        return
    tweet = composing.new_tweet(new_id(), fields)
    try:
        dynamo.transact(
            [_posted(item, tweet.id), *composing.actions(tweet)], conflict_attempts=dynamo.PATIENT
        )
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise


def _media_ids(body: Item) -> list[str] | None:
    found: list[str] | None = body.get("media", {}).get("media_ids")
    return found


def _checked(user_id: str, kind: str, body: Item) -> int | None:
    """The moment of a schedule, whose text and poll must be a tweet's; a draft is not done yet."""
    tweet = body["tweet"]
    attachments.kept(user_id, tweet.get("media"))
    if kind == DRAFT:
        return None
    composing.words(tweet)
    polls.stored(tweet)
    try:
        due_at = parse_iso(body["scheduled_at"])
    except ValueError as error:
        raise _bad_time(body, "not a date-time") from error
    if due_at <= now_ms():
        raise _bad_time(body, "is past")
    if due_at > now_ms() + _FARTHEST_MS:
        raise _bad_time(body, "more than eighteen months away")
    return due_at


def _bad_time(body: Item, words: str) -> Problem:
    shown = body["scheduled_at"]
    return invalid_request(f"scheduled_at: {words}", scheduled_at=shown)


def _get(user_id: str, kind: str, planned_id: str) -> PlannedTweet:
    try:
        return PlannedTweet.get(user_id, f"{kind}#{planned_id}", consistent_read=True)
    except PlannedTweet.DoesNotExist as error:
        raise not_found(f"{kind}_tweet", planned_id) from error


def _gone(error: UpdateError) -> Exception:
    if error.cause_response_code != "ConditionalCheckFailedException":
        return error
    return conflict("It has been posted already, or was deleted.")


def _posted(item: PlannedTweet, tweet_id: str) -> Item:
    """The update that turns a schedule into a tweet, unless it was changed meanwhile."""
    values = {
        ":posted": POSTED,
        ":tweet": tweet_id,
        ":now": now_ms(),
        ":expires": now_seconds() + _KEPT_SECONDS[POSTED],
        ":one": 1,
        ":version": item.version,
    }
    return {
        "Update": {
            "TableName": PlannedTweet.Meta.table_name,
            "Key": dynamo.encode_item({"user_id": item.user_id, "entry": item.entry}),
            "UpdateExpression": (
                "SET #status = :posted, tweet_id = :tweet, updated_at = :now, "
                "expires_at = :expires ADD version :one"
            ),
            "ConditionExpression": "version = :version",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": dynamo.encode_item(values),
        }
    }


def _fail(item: PlannedTweet, reason: str) -> None:
    try:
        item.update(
            [
                PlannedTweet.status.set(FAILED),
                PlannedTweet.failure.set(reason[:300]),
                PlannedTweet.expires_at.set(now_seconds() + _KEPT_SECONDS[FAILED]),
                PlannedTweet.updated_at.set(now_ms()),
                PlannedTweet.version.add(1),
            ],
            condition=PlannedTweet.version == item.version,
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def _id(item: PlannedTweet) -> str:
    return str(item.entry).partition("#")[2]


def _present(item: PlannedTweet) -> Item:
    planned_id = _id(item)
    shown: Item = {
        "id": planned_id,
        "status": item.status,
        "created_at": iso(time_ms(planned_id)),
        "tweet": item.body,
    }
    if item.due_at is not None:
        shown["scheduled_at"] = iso(int(item.due_at))
    for name in ("tweet_id", "failure"):
        if value := getattr(item, name):
            shown[name] = value
    return shown
