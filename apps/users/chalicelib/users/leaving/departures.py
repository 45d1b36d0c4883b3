"""Leaving: an account is deactivated at once, may return for thirty days, and is then erased."""

from collections.abc import Iterator
from typing import Any

from chalicelib.users.accounts.accounts import email_key, get_account, get_user
from chalicelib.users.accounts.usernames import username_key
from chalicelib.users.core import actions
from chalicelib.users.core.models import Account, User
from chalicelib.users.developer import apps
from chalicelib.users.exports import jobs
from chalicelib.users.graph import removal
from chalicelib.users.moderation.suspension import NOT_SUSPENDED, SUSPENDED, is_suspended, notes
from chalicelib.users.oauth import session_list
from chalicelib.users.profiles import pictures

from shared.auth.revocations import revocations
from shared.aws import dynamo, sdk
from shared.aws.models import as_dict
from shared.base.clock import now_ms
from shared.base.errors import conflict, unauthorized
from shared.base.observability import logger
from shared.contracts import profiles

GRACE_MS = 30 * 24 * 3600 * 1000
# The whole index of leaving accounts is one list: it is short and read once a day.
LEAVING = "1"
_PROFILE = (
    "description", "location", "url", "profile_image_url", "profile_banner_url",
    "pinned_tweet_id", "active_day",
)  # fmt: skip


def may_return(account: Account, user: User) -> bool:
    """Whether an account can be logged in to: it is there, or has not been gone for long."""
    if user.status == "deactivated":
        return not account.deleting and now_ms() - (account.deactivated_at or 0) < GRACE_MS
    return bool(user.status != "deleted")


def deactivate(account: Account) -> None:
    """Make an account invisible and end its sessions, in one transaction.

    Raises:
        Problem: 409 when it is not active.
    """
    at, user_id = now_ms(), account.user_id
    leave = (
        "SET #leaving = :leaving, #deactivated_at = :at, #sessions_from = :at, #updated_at = :at "
        "ADD #version :one"
    )
    values = {"leaving": LEAVING, "at": at, "one": 1}
    steps = [
        _set_status(user_id, "active", "deactivated", at),
        actions.update(
            Account.Meta.table_name, {"key": account.key}, leave, values,
            "attribute_exists(#key) AND attribute_not_exists(#leaving)",
        ),
        session_list.end_all_action(user_id, at),
        *notes("left", user_id, at),
    ]  # fmt: skip
    try:
        dynamo.transact(steps)
    except dynamo.TransactionCanceled as canceled:
        raise conflict("The account is not active.") from canceled
    session_list.forget_all(user_id, at)
    revocations.note(f"left:{user_id}", at)
    profiles.forget(user_id)


def restore(account: Account, user: User) -> User:
    """Make a deactivated account active again, or suspended if it was suspended meanwhile.

    Raises:
        Problem: 401 when its removal has begun.
    """
    at, suspended = now_ms(), is_suspended(as_dict(user))
    status, condition = ("suspended", SUSPENDED) if suspended else ("active", NOT_SUSPENDED)
    expression = "SET #updated_at = :at REMOVE #leaving, #deactivated_at ADD #version :one"
    steps = [
        _set_status(account.user_id, "deactivated", status, at, condition),
        actions.update(
            Account.Meta.table_name, {"key": account.key}, expression, {"at": at, "one": 1},
            "attribute_exists(#leaving) AND attribute_not_exists(#deleting)",
        ),
        *notes("returned", account.user_id, at),
    ]  # fmt: skip
    try:
        dynamo.transact(steps)
    except dynamo.TransactionCanceled as canceled:
        raise unauthorized("The login or the password is wrong.") from canceled
    revocations.note(f"returned:{account.user_id}", at)
    profiles.forget(account.user_id)
    return get_user(account.user_id)


class RemovalFailed(Exception):
    """Some accounts could not be erased; the next run tries again."""


def remove_expired() -> int:
    """Erase accounts that were deactivated thirty days ago; returns how many.

    Each by itself, so that one that fails holds nobody else up.

    Raises:
        RemovalFailed: at the end, when there were such.
    """
    done = failed = 0
    for user_id in _expired():
        try:
            done += erase(user_id)
        except Exception:
            failed += 1
            logger().exception("account not removed", user_id=user_id)
    if failed:
        raise RemovalFailed(f"{failed} accounts were not removed")
    return done


def erase(user_id: str) -> bool:
    """Erase a deactivated account; may be repeated after a crash in between.

    The mark comes first, so that nobody returns to an account half gone. The
    last step is one transaction, whose stream record tells the other domains.

    Returns:
        False when there was nothing to erase: it is gone, or its user came back.

    Raises:
        TransactionCanceled: something changed meanwhile.
    """
    account = get_account(user_id)
    if account is None or not _mark(account):
        return False
    apps.delete_all(user_id)
    pictures.remove_all(user_id)
    removal.remove_all(user_id)
    session_list.forget_all(user_id, now_ms())
    jobs.remove(user_id)
    table, own, at = Account.Meta.table_name, {"user": user_id}, now_ms()
    tombstone = (
        "SET #status = :deleted, #username = :gone, #name = :gone, #protected = :true, "
        f"#updated_at = :at REMOVE {', '.join(f'#{name}' for name in _PROFILE)} ADD #version :one"
    )
    values = {"deleted": "deleted", "gone": "deleted", "true": True, "at": at, "one": 1}
    mine = "attribute_not_exists(#key) OR #user_id = :user"
    dynamo.transact(
        [
            actions.update(
                User.Meta.table_name, {"id": user_id}, tombstone, {**values, "was": "deactivated"},
                "#status = :was",
            ),
            actions.delete(table, {"key": username_key(account.username)}, own, mine),
            actions.delete(table, {"key": email_key(account.email)}, own, mine),
            *_reservations(account),
            actions.delete(table, {"key": account.key}, {"true": True}, "#deleting = :true"),
        ]
    )  # fmt: skip
    profiles.forget(user_id)
    return True


def _reservations(account: Account) -> list[dict[str, Any]]:
    """The address that a change may have kept for the user."""
    if not account.former_email:
        return []
    free = "attribute_not_exists(#key) OR #reserved_for = :user"
    key, own = {"key": email_key(account.former_email)}, {"user": account.user_id}
    return [actions.delete(Account.Meta.table_name, key, own, free)]


def _mark(account: Account) -> bool:
    before = now_ms() - GRACE_MS
    step = actions.update(
        Account.Meta.table_name, {"key": account.key}, "SET #deleting = :true",
        {"true": True, "before": before}, "#deactivated_at < :before",
    )  # fmt: skip
    try:
        dynamo.transact([step])
    except dynamo.TransactionCanceled:
        return False
    return True


def _expired() -> Iterator[str]:
    query: dict[str, Any] = {
        "TableName": Account.Meta.table_name,
        "IndexName": "leaving",
        "KeyConditionExpression": "leaving = :leaving AND deactivated_at < :before",
        "ExpressionAttributeValues": {
            ":leaving": dynamo.encode(LEAVING),
            ":before": dynamo.encode(now_ms() - GRACE_MS),
        },
    }
    while True:
        answer = sdk.client("dynamodb").query(**query)
        for raw in answer["Items"]:
            yield dynamo.decode(raw["key"]).removeprefix("account#")
        if "LastEvaluatedKey" not in answer:
            return
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _set_status(
    user_id: str, was: str, now: str, at: int, condition: str = NOT_SUSPENDED
) -> dict[str, Any]:
    return actions.update(
        User.Meta.table_name, {"id": user_id},
        "SET #status = :now, #updated_at = :at ADD #version :one",
        {"was": was, "now": now, "at": at, "one": 1}, f"#status = :was AND {condition}",
    )  # fmt: skip
