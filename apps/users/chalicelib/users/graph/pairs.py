"""Items of pairs: their shape, and the writes of all their changes.

``A → B`` belongs to A: it holds what A decided about B. B changes it only to answer A's
request, and workers end in it what B's block ended (`derivation`). Every change that a home
timeline depends on advances the version of A's graph item in the same transaction
(`states`); changes are tried again if DynamoDB found another one in progress.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import ClientError
from chalicelib.users.core.models import FOLLOWS
from chalicelib.users.core.updates import Attributes, unversioned, versioned
from chalicelib.users.graph import states

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.table import Action, Outcome
from shared.base.backoff import pause
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.errors import Problem, invalid_request, not_found
from shared.contracts import graph, profiles
from shared.contracts.follower_shards import listed_under
from shared.contracts.graph import Relation
from shared.contracts.graph_state import known_as_many

T = TypeVar("T")

_ATTEMPTS = 12
_CONDITION_VALUES = {"true": True, "false": False}


class Busy(Exception):
    """Other writes kept meeting this one."""


@dataclass(frozen=True)
class Refusal:
    """Refused change of a pair.

    Attributes:
        stored: the user's own item.
        blocked_by: the target blocks the user.
    """

    stored: Relation
    blocked_by: bool


_REQUEST_ENDED = {"pending": None, "requested_id": None}
_NOTICES_ENDED = {"notify": None, "watched_id": None}

UNFOLLOW: Attributes = {
    "following": False, "followed_id": None, **_REQUEST_ENDED, **_NOTICES_ENDED,
}  # fmt: skip
END_REQUEST: Attributes = _REQUEST_ENDED
# A block ends the own follow or request; `derivation` ends the other user's.
BLOCK: Attributes = {"blocked": True, **UNFOLLOW}
UNBLOCK: Attributes = {"blocked": False}
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


def begin(user_id: str, target_id: str, attributes: Attributes, condition: str) -> Refusal | None:
    """Begin a follow or request, unless the target blocks the user.

    One transaction: the pair, and the user's graph item, which names the blockers. If many
    block the user, the target's own item is checked as well; a process that does not know it
    yet makes a second call.

    Returns:
        why it was refused; ``None`` if it was not.
    """

    def attempt() -> Refusal | None:
        many = known_as_many(user_id)
        actions = [
            update_action(user_id, target_id, attributes, condition),
            states.change_action(user_id, unless_blocked_by=None if many else target_id),
            *([check_action(target_id, user_id, is_unset("blocked"))] if many else []),
        ]
        try:
            dynamo.transact(actions)
        except dynamo.TransactionCanceled as canceled:
            state = graph.to_state(user_id, canceled.items[1] if canceled.failed(1) else None)
            if not many and state.many_blockers:
                raise Busy from canceled
            blocked = canceled.failed(1) or canceled.failed(2)
            if not (blocked or canceled.failed(0)):
                raise Busy from canceled
            stored = canceled.items[0]
            pair = graph.to_relation(stored) if stored else Relation(user_id, target_id)
            return Refusal(pair, blocked)
        return None

    return persist(attempt)


def change(
    user_id: str, target_id: str, attributes: Attributes, condition: str, *, quietly: bool = False
) -> bool:
    """Change a user's own item and graph version (one transaction).

    Args:
        quietly: as `update_quietly`.

    Returns:
        whether the condition held.
    """

    def attempt() -> bool:
        own = update_action(user_id, target_id, attributes, condition, quietly=quietly)
        return transact([own, states.change_action(user_id)])

    return persist(attempt)


def transact(actions: list[Action]) -> bool:
    """Run a transaction.

    Returns:
        whether the condition of the first action held.

    Raises:
        Busy: another action failed; try again.
    """
    try:
        dynamo.transact(actions)
    except dynamo.TransactionCanceled as canceled:
        if canceled.failed(0):
            return False
        raise Busy from canceled
    return True


def update(user_id: str, target_id: str, attributes: Attributes, condition: str) -> Outcome:
    """Change an item on a condition, if no home timeline depends on it."""
    return _update(user_id, target_id, versioned(_written(attributes), at=now_ms()), condition)


def update_quietly(user_id: str, target_id: str, attributes: Attributes, condition: str) -> Outcome:
    """Change an item as `update` does; no event follows.

    The version stays: it names the pair's events, and publishing the item again
    must not turn the last follow into a second one.
    """
    return _update(user_id, target_id, unversioned(_written(attributes), at=now_ms()), condition)


def update_action(
    user_id: str,
    target_id: str,
    attributes: Attributes,
    condition: str,
    *,
    quietly: bool = False,
    **values: int,
) -> Action:
    """Return a change of an item on a condition, for a transaction.

    Args:
        values: further values of the condition.
    """
    shape = unversioned if quietly else versioned
    expression, new = shape(_written(attributes), at=now_ms())
    if "blocked" in attributes:
        # By it `derivation` knows an unblock from the loss of a block.
        expression += ", #block_changes :one"
    new |= _CONDITION_VALUES | values
    return FOLLOWS.update_action(key(user_id, target_id), expression, new, condition)


def check_action(user_id: str, target_id: str, condition: str) -> Action:
    """Return a condition on an item, for a transaction."""
    return FOLLOWS.check_action(key(user_id, target_id), condition, _CONDITION_VALUES)


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


def persist(attempt: Callable[[], T]) -> T:
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


def _written(attributes: Attributes) -> Attributes:
    """Return attributes with the region of the writer."""
    return {**attributes, "region": settings().region_code}


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

    return persist(attempt)
