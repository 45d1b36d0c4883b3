"""Items of pairs: their shape, and the writes of all their changes.

Users who follow, block or answer a request may meet others who change the same
pair: every change is one conditional update, or one transaction over both
directions, and is tried again if DynamoDB found another one in progress.
"""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError
from chalicelib.users.core.models import FOLLOWS
from chalicelib.users.core.updates import Attributes, unversioned, versioned

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.table import Action, Outcome
from shared.base.backoff import pause
from shared.base.clock import now_ms
from shared.base.errors import Problem, invalid_request, not_found
from shared.contracts import graph, profiles
from shared.contracts.follower_shards import listed_under
from shared.contracts.graph import Relation

T = TypeVar("T")

_ATTEMPTS = 12
_CONDITION_VALUES = {"true": True, "false": False}


class Busy(Exception):
    """Other writes kept meeting this one."""


_REQUEST_ENDED = {"pending": None, "requested_id": None}
_NOTICES_ENDED = {"notify": None, "watched_id": None}
# A block severs both directions: follows, requests and notices of tweets end.
_SEVERED = {
    "following": False, "followed_id": None, "pending": False, "requested_id": None,
    **_NOTICES_ENDED,
}  # fmt: skip

UNFOLLOW: Attributes = {
    "following": False, "followed_id": None, **_REQUEST_ENDED, **_NOTICES_ENDED,
}  # fmt: skip
END_REQUEST: Attributes = _REQUEST_ENDED
BLOCK: Attributes = {"blocked": True, **_SEVERED}
BLOCKED_BY: Attributes = {"blocked_by": True, **_SEVERED}
UNBLOCK: Attributes = {"blocked": False}
UNBLOCKED_BY: Attributes = {"blocked_by": False}
MUTE: Attributes = {"muted": True}
UNMUTE: Attributes = {"muted": False}
NO_NOTICES: Attributes = {"notify": False, "watched_id": None}


def follow(target: Item, follower_id: str) -> Attributes:
    """Follow the user of a profile."""
    followed_id = listed_under(target, follower_id, now_ms())
    return {"following": True, "followed_id": followed_id, **_REQUEST_ENDED}


def request(target_id: str) -> Attributes:
    """Ask a protected account for a follow."""
    return {"pending": True, "requested_id": target_id}


def notices(target_id: str) -> Attributes:
    """Ask for a notice of every tweet."""
    return {"notify": True, "watched_id": target_id}


def is_set(flag: str) -> str:
    """Condition: the flag is true."""
    return f"#{flag} = :true"


def is_unset(flag: str) -> str:
    """Condition: the flag is false or was never set."""
    return f"(attribute_not_exists(#{flag}) OR #{flag} = :false)"


def key(user_id: str, target_id: str) -> Item:
    """Key of one direction of a pair."""
    return {"user_id": user_id, "target_id": target_id}


def update(user_id: str, target_id: str, attributes: Attributes, condition: str) -> Outcome:
    """Change one direction of a pair on a condition; an event follows."""
    return _update(user_id, target_id, versioned(attributes, at=now_ms()), condition)


def update_quietly(user_id: str, target_id: str, attributes: Attributes, condition: str) -> Outcome:
    """Change one direction of a pair on a condition; no event follows.

    The version stays: it names the pair's events, and publishing the item again
    must not turn the last follow into a second one.
    """
    return _update(user_id, target_id, unversioned(attributes, at=now_ms()), condition)


def update_both(
    user_id: str, target_id: str, own: Attributes, other: Attributes, condition: str
) -> bool:
    """Change both directions of a pair in one transaction.

    Args:
        own: change of the user's item, on whose state the condition is.
        other: change of the target's item.

    Returns:
        whether the condition held.
    """

    def attempt() -> bool:
        actions = [
            _update_action(user_id, target_id, own, condition),
            _update_action(target_id, user_id, other, ""),
        ]
        try:
            dynamo.transact(actions)
        except dynamo.TransactionCanceled as canceled:
            if canceled.failed(0):
                return False
            raise Busy from canceled
        return True

    return _persist(attempt)


def stored_relation(refused: Outcome, user_id: str, target_id: str) -> Relation:
    """Relation in the stored item that refused an update."""
    return graph.to_relation(refused.item) if refused.item else Relation(user_id, target_id)


def require_target(user_id: str, target_id: str, verb: str) -> profiles.UserCard:
    """Return the card of another user to block or mute.

    Raises:
        Problem: 404 for an unknown target, 400 for oneself.
    """
    if target_id == user_id:
        raise invalid_request(f"You cannot {verb} yourself.", target_user_id=target_id)
    target = profiles.card(target_id)
    if target is None or target.gone:
        raise not_found("user", target_id, "target_user_id")
    return target


def _update(user_id: str, target_id: str, change: tuple[str, Item], condition: str) -> Outcome:
    expression, values = change
    values |= _CONDITION_VALUES

    def attempt() -> Outcome:
        try:
            return FOLLOWS.update(key(user_id, target_id), expression, values, condition)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionConflictException":
                raise
            raise Busy from error

    return _persist(attempt)


def _update_action(user_id: str, target_id: str, attributes: Attributes, condition: str) -> Action:
    expression, values = versioned(attributes, at=now_ms())
    values |= _CONDITION_VALUES
    return FOLLOWS.update_action(key(user_id, target_id), expression, values, condition)


def _persist(attempt: Callable[[], T]) -> T:
    """Try until no other write is in the way.

    Raises:
        Problem: 503 after many attempts.
    """
    for number in range(_ATTEMPTS):
        try:
            return attempt()
        except Busy:
            pause(number, first=0.01)
    raise Problem(
        503, "about:blank", "Service Unavailable", "Too many changes at once; please try again."
    )
