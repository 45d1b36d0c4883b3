"""Writing the items of pairs: what all changes of the social graph have in common.

Whoever follows, blocks or answers a request meets others who do the same to
the same pair: every change is one conditional update, or one transaction over
both directions, and tries again when it met another one inside DynamoDB.
"""

import random
import time
from collections.abc import Callable
from typing import Any

from chalicelib.users.core import actions
from chalicelib.users.core.models import Follow
from pynamodb.attributes import BooleanAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.errors import Problem, invalid_request, not_found
from shared.contracts import profiles

Flags = dict[str, bool]

_ATTEMPTS = 12


class Busy(Exception):
    """Other writes kept meeting this one."""


def held(attribute: BooleanAttribute) -> Condition:
    """The flag is set."""
    return attribute == True  # noqa: E712


def lacking(attribute: BooleanAttribute) -> Condition:
    """The flag is not set, or was never."""
    return attribute.does_not_exist() | (attribute == False)  # noqa: E712


def changed() -> list[Action]:
    """What every change that becomes an event begins with."""
    return [Follow.version.add(1), Follow.updated_at.set(now_ms())]


def quietly_changed() -> list[Action]:
    """What a change begins with that nobody is told of.

    It leaves the version alone: events of the pair are named by it, and
    publishing the item again must not make a second follow of the first one.
    """
    return [
        Follow.version.set(Follow.version | 1),
        Follow.updated_at.set(Follow.updated_at | now_ms()),
    ]


def update(user_id: str, target_id: str, changes: list[Action], condition: Condition) -> bool:
    """Change one pair's item where the condition holds.

    Returns:
        whether it held.
    """

    def attempt() -> bool:
        try:
            Follow(user_id, target_id).update(changes, condition=condition)
        except UpdateError as error:
            if error.cause_response_code == "TransactionConflictException":
                raise Busy from error
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return False
        return True

    return _persist(attempt)


def update_both(
    user_id: str, target_id: str, flag: str, own: Flags, other: Flags, removed: tuple[str, ...] = ()
) -> bool:
    """Change both directions of a pair in one transaction, unless the own flag is set so already.

    Args:
        flag: the flag of the user's own item that decides.
        own: flags of the user's item as they shall be, ``flag`` among them.
        other: flags of the target's item.
        removed: attributes that both items lose.

    Returns:
        whether anything changed.
    """

    # To unset a flag on an item that is not there would make one of it.
    there = "attribute_not_exists(#{0}) OR" if own[flag] else "attribute_exists(#{0}) AND"
    condition = f"{there} #{{0}} <> :{{0}}".format(flag)

    def attempt() -> bool:
        mine = _update_action(user_id, target_id, own, removed, condition)
        try:
            dynamo.transact([mine, _update_action(target_id, user_id, other, removed, "")])
        except dynamo.TransactionCanceled as canceled:
            if canceled.failed(0):
                return False
            raise Busy from canceled
        return True

    return _persist(attempt)


def existing(user_id: str, target_id: str, deed: str) -> profiles.UserCard:
    """The card of somebody that something is done to.

    Raises:
        Problem: 404 for an unknown target, 400 for oneself.
    """
    if target_id == user_id:
        raise invalid_request(f"You cannot {deed} yourself.", target_user_id=target_id)
    target = profiles.card(target_id)
    if target is None or target.gone:
        raise not_found("user", target_id, "target_user_id")
    return target


def _update_action(
    user_id: str, target_id: str, flags: Flags, removed: tuple[str, ...], condition: str
) -> dict[str, Any]:
    values: dict[str, Any] = {"updated_at": now_ms(), **flags}
    expression = f"ADD #version :one SET {', '.join(f'#{name} = :{name}' for name in values)}"
    if removed:
        expression += f" REMOVE {', '.join(f'#{name}' for name in removed)}"
    key = {"user_id": user_id, "target_id": target_id}
    return actions.update(Follow.Meta.table_name, key, expression, {**values, "one": 1}, condition)


def _persist(attempt: Callable[[], bool]) -> bool:
    for number in range(_ATTEMPTS):
        try:
            return attempt()
        except Busy:
            time.sleep(random.uniform(0, min(0.5, 0.01 * 2**number)))  # noqa: S311
    raise Problem(
        503, "about:blank", "Service Unavailable", "Too many changes at once; please try again."
    )
