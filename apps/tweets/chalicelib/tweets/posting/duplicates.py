"""Refusal of a tweet that its author has just posted.

Each new tweet claims what it says, in the transaction that writes it: processes agree, and a
claim never outlives a tweet that was not written (docs/decisions/0050).
"""

import hashlib
import json
import os
from dataclasses import dataclass, field

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.models import IDEMPOTENCY

from shared.aws.dynamo import Item
from shared.aws.table import Action
from shared.base.clock import now_seconds
from shared.base.errors import Problem
from shared.base.process import process

# What makes two tweets the same: the answer to another tweet, or with another picture, is not.
_COMPARED = ("text", "reply", "quote_tweet_id", "media", "poll")


@dataclass(frozen=True)
class DuplicateLimits:
    """Bounds of the refusal.

    Attributes:
        seconds: time in which a tweet is a duplicate; 0 turns the refusal off, and makes a plain
            tweet a single put (``DUPLICATE_SECONDS``).
    """

    seconds: int = field(default_factory=lambda: int(os.environ.get("DUPLICATE_SECONDS", "300")))


def key(user_id: str, body: Item) -> str:
    """Return the key of the claim on what a tweet says and refers to."""
    compared = {name: body[name] for name in _COMPARED if name in body}
    text = json.dumps({**compared, "text": body.get("text", "").strip()}, sort_keys=True)
    return f"posted#{user_id}#{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"


def claim_actions(claim: str, tweet_id: str, former_id: str) -> list[Action]:
    """Return a transaction's claim of a new tweet, nothing if turned off.

    Args:
        claim: see `key`.
        former_id: a deleted tweet whose claim is replaced, or ``""``.
    """
    seconds = process.limits(DuplicateLimits).seconds
    if not seconds:
        return []
    now = now_seconds()
    item = {"key": claim, "tweet_id": tweet_id, "expires_at": now + seconds}
    condition = "attribute_not_exists(#key) OR #expires_at <= :now OR #tweet_id = :former"
    return [IDEMPOTENCY.put_action(item, condition, {"now": now, "former": former_id})]


def deleted_claimant(claim: Item) -> str:
    """Return the id of the deleted tweet that still holds a claim.

    Calls: one consistent read.

    Raises:
        Problem: 403, in X's words, if the tweet is still there.
    """
    tweet_id: str = claim["tweet_id"]
    stored = visibility.load_tweets([tweet_id], consistent=True).get(tweet_id)
    if stored is None or stored.get("deleted"):
        return tweet_id
    raise Problem(
        403,
        "about:blank",
        "Forbidden",
        "You are not allowed to create a Tweet with duplicate content.",
    )
