"""Items of the planned table: drafts and scheduled tweets.

A scheduled tweet ends as ``posted``, with the id of its tweet, or as ``failed``, with the
reason. Bodies and media ids are JSON text; the stream's filter looks into the latter.
"""

import json
from collections.abc import Sequence

from chalicelib.tweets.core.models import PLANNED
from chalicelib.tweets.core.versioned import next_version
from chalicelib.tweets.posting import timers

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.table import Action, Outcome
from shared.base.clock import now_ms, now_seconds

DRAFT, SCHEDULED, POSTED, FAILED = "draft", "scheduled", "posted", "failed"
# How long a scheduled tweet that has ended can be looked up.
_KEPT_SECONDS = {POSTED: 7 * 24 * 3600, FAILED: 90 * 24 * 3600}


def key(user_id: str, kind: str, planned_id: str) -> Item:
    """Return the key of a draft or scheduled tweet (``kind``)."""
    return {"user_id": user_id, "entry": f"{kind}#{planned_id}"}


def id_of(item: Item) -> str:
    """Return the id of a draft or scheduled tweet."""
    return str(item["entry"]).partition("#")[2]


def body_of(item: Item) -> Item:
    """Return the body that ``POST /2/tweets`` will get."""
    body: Item = json.loads(item["body"])
    return body


def new(user_id: str, kind: str, planned_id: str, body: Item, due_at: int | None) -> Item:
    """Make the item of a draft or a scheduled tweet.

    Args:
        due_at: Unix milliseconds; ``None`` for a draft.
    """
    return {
        **key(user_id, kind, planned_id),
        "status": kind,
        **_content(body),
        "due_at": due_at,
        "version": 1,
        "updated_at": now_ms(),
    }


def timer(user_id: str, planned_id: str, due_at: int) -> Action:
    """Return a transaction's put of the timer of a scheduled tweet."""
    return timers.put_action(due_at, "post", f"{user_id}/{planned_id}")


def set_timers_again(items: Sequence[Item]) -> None:
    """Set the timers of scheduled tweets that wait."""
    for item in items:
        if item["status"] == SCHEDULED:
            dynamo.transact([timer(item["user_id"], id_of(item), item["due_at"])])


def replace(user_id: str, kind: str, planned_id: str, body: Item, due_at: int | None) -> Outcome:
    """Replace body and time of an item, unless it was posted or deleted.

    A scheduled tweet that failed is scheduled again.

    Returns:
        whether it was replaced, and the new item.
    """
    changes = {"status": kind, **_content(body), "failure": None, "expires_at": None}
    if due_at is not None:
        changes["due_at"] = due_at
    return PLANNED.update(
        key(user_id, kind, planned_id),
        *next_version(changes, draft=DRAFT, scheduled=SCHEDULED, failed=FAILED),
        "#status IN (:draft, :scheduled, :failed)",
        returning="ALL_NEW",
    )


def posted_action(item: Item, tweet_id: str) -> Action:
    """End a scheduled tweet as posted, if it is as it was read."""
    return PLANNED.update_action(*_ending(item, POSTED, tweet_id=tweet_id))


def fail(item: Item, reason: str) -> None:
    """End a scheduled tweet as failed, if it is as it was read."""
    PLANNED.update(*_ending(item, FAILED, failure=reason[:300]))


def _ending(item: Item, status: str, **members: str) -> tuple[Item, str, Item, str]:
    expires_at = now_seconds() + _KEPT_SECONDS[status]
    changes = {"status": status, "expires_at": expires_at, **members}
    expression, values = next_version(changes, known=item["version"])
    own_key = {"user_id": item["user_id"], "entry": item["entry"]}
    return own_key, expression, values, "#version = :known"


def _content(body: Item) -> Item:
    ids = body.get("media", {}).get("media_ids")
    return {"body": json.dumps(body), "media_ids": json.dumps(ids) if ids else None}
