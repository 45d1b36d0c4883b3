"""Drafts and scheduled tweets, kept for their author alone.

Their media belong to the caller and are ready; the stream then keeps them from expiring.
"""

from chalicelib.tweets.core.models import PLANNED
from chalicelib.tweets.engagement import polls
from chalicelib.tweets.posting import attachments, planned_items
from chalicelib.tweets.posting import create as composing
from chalicelib.tweets.posting.planned_items import DRAFT, SCHEDULED

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import iso, now_ms, parse_iso
from shared.base.errors import Problem, conflict, invalid_request, not_found
from shared.base.ids import new_id, time_ms
from shared.base.pagination import decode_position, encode_token

__all__ = ["DRAFT", "SCHEDULED", "create", "delete", "get", "list_page", "replace"]

# X's own bound, eighteen months.
_FARTHEST_MS = 548 * 24 * 3_600_000


def create(user_id: str, kind: str, body: Item) -> Item:
    """Keep a draft (one put), or schedule a tweet (a transaction of two puts).

    Args:
        kind: ``draft`` or ``scheduled``.
        body: ``tweet``, and for a scheduled one ``scheduled_at``.

    Raises:
        Problem: 400 for the text of a scheduled tweet that cannot be a tweet's, media that
            cannot be attached, or a time that is past or too far away.
    """
    due_at = _check(user_id, kind, body)
    planned_id = new_id()
    item = planned_items.new(user_id, kind, planned_id, body["tweet"], due_at)
    if due_at is None:
        PLANNED.put(item)
    else:
        timer = planned_items.timer(user_id, planned_id, due_at)
        dynamo.transact([PLANNED.put_action(item), timer])
    return _present(item)


def replace(user_id: str, kind: str, planned_id: str, body: Item) -> Item:
    """Replace a draft's tweet, or a scheduled tweet and its time.

    A scheduled tweet that failed is scheduled again.

    The timer is written first: one too many does no harm, but a scheduled tweet without a timer
    would never be posted.

    Raises:
        Problem: 400 as in `create`, 404 when it does not exist, 409 when it was posted.
    """
    due_at = _check(user_id, kind, body)
    _load(user_id, kind, planned_id)
    if due_at is not None:
        dynamo.transact([planned_items.timer(user_id, planned_id, due_at)])
    replaced = planned_items.replace(user_id, kind, planned_id, body["tweet"], due_at)
    if not replaced or replaced.item is None:
        raise conflict("It was already posted or deleted.")
    return _present(replaced.item)


def delete(user_id: str, kind: str, planned_id: str) -> Item:
    """Delete a draft or cancel a scheduled tweet.

    A scheduled tweet that was posted stays a tweet.

    Raises:
        Problem: 404 when it does not exist.
    """
    key = planned_items.key(user_id, kind, planned_id)
    if not PLANNED.delete(key, "attribute_exists(#entry)"):
        raise _missing(kind, planned_id)
    return {"deleted": True}


def get(user_id: str, kind: str, planned_id: str) -> Item:
    """Return a draft or a scheduled tweet.

    Raises:
        Problem: 404 when it does not exist.
    """
    return _present(_load(user_id, kind, planned_id))


def list_page(user_id: str, kind: str, query: Item) -> Item:
    """Return a page of drafts or scheduled tweets, newest first (one Query)."""
    context = f"{kind}:{user_id}"
    position = decode_position(context, query.get("pagination_token"), below=str)
    size = query["max_results"]
    # "~" sorts after every digit. The upper bound is inclusive: the item of the token is dropped.
    below = f"{kind}#{position['below'] if position else '~'}"
    found = PLANNED.page(
        "#user_id = :user AND #entry BETWEEN :first AND :below",
        {"user": user_id, "first": f"{kind}#", "below": below},
        descending=True,
        limit=size + 2,
    ).items
    items = [item for item in found if item["entry"] != below]
    body: Item = {"meta": {"result_count": len(items[:size])}}
    if items:
        body = {"data": [_present(item) for item in items[:size]], **body}
    if items[size:]:
        last = planned_items.id_of(items[size - 1])
        body["meta"]["next_token"] = encode_token(context, {"below": last})
    return body


def _check(user_id: str, kind: str, body: Item) -> int | None:
    """Check the media and, of a scheduled tweet, text, poll and time.

    Returns:
        the time in Unix milliseconds, ``None`` for a draft.
    """
    tweet = body["tweet"]
    if "media" in tweet:
        attachments.load(user_id, tweet["media"]["media_ids"])
    if kind == DRAFT:
        return None
    composing.clean_text(user_id, tweet)
    if "poll" in tweet:
        polls.poll_of(tweet)
    try:
        due_at = parse_iso(body["scheduled_at"])
    except ValueError as error:
        raise _time_problem(body, "not a date-time") from error
    if due_at <= now_ms():
        raise _time_problem(body, "must be in the future")
    if due_at > now_ms() + _FARTHEST_MS:
        raise _time_problem(body, "must be within eighteen months")
    return due_at


def _time_problem(body: Item, problem: str) -> Problem:
    given = body["scheduled_at"]
    return invalid_request(f"scheduled_at: {problem}", scheduled_at=given)


def _load(user_id: str, kind: str, planned_id: str) -> Item:
    item = PLANNED.get(planned_items.key(user_id, kind, planned_id), consistent=True)
    if item is None:
        raise _missing(kind, planned_id)
    return item


def _missing(kind: str, planned_id: str) -> Problem:
    return not_found(f"{kind}_tweet", planned_id)


def _present(item: Item) -> Item:
    planned_id = planned_items.id_of(item)
    shown: Item = {
        "id": planned_id,
        "status": item["status"],
        "created_at": iso(time_ms(planned_id)),
        "tweet": planned_items.body_of(item),
    }
    if (due_at := item.get("due_at")) is not None:
        shown["scheduled_at"] = iso(due_at)
    for name in ("tweet_id", "failure"):
        if value := item.get(name):
            shown[name] = value
    return shown
