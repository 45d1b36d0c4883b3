"""Deactivation of accounts, return within thirty days, and erasure."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.users.accounts.accounts import get_account, get_user
from chalicelib.users.core import account_items, revocation_items
from chalicelib.users.core.account_items import email_key, username_key
from chalicelib.users.core.models import ACCOUNTS, LEAVING, USERS, Account, User
from chalicelib.users.core.updates import Attributes, versioned
from chalicelib.users.developer import apps
from chalicelib.users.exports import jobs
from chalicelib.users.graph import removal
from chalicelib.users.moderation.suspension import NOT_SUSPENDED, SUSPENDED, is_suspended
from chalicelib.users.oauth import grants
from chalicelib.users.profiles import pictures

from shared.auth.revocations import revocations
from shared.aws import dynamo
from shared.aws.models import as_dict
from shared.aws.table import Action
from shared.base.clock import now_ms
from shared.base.errors import conflict, unauthorized
from shared.base.observability import logger
from shared.base.process import process
from shared.contracts import profiles

# The whole index of leaving accounts is one list: it is short and read once per day.
_LEAVING = "1"
_PROFILE = (
    "description", "location", "url", "profile_image_url", "profile_banner_url",
    "pinned_tweet_id", "active_day",
)  # fmt: skip


@dataclass(frozen=True)
class DepartureLimits:
    """Bounds of departures.

    Attributes:
        grace_ms: time for which a deactivated account may return.
    """

    grace_ms: int = 30 * 24 * 3600 * 1000


class RemovalFailed(Exception):
    """Some accounts could not be erased; the next run tries again."""


def may_return(account: Account, user: User) -> bool:
    """Return whether a login may open the account."""
    if user.status == "deactivated":
        return not account.deleting and (account.deactivated_at or 0) > _grace_start()
    return bool(user.status != "deleted")


def deactivate(account: Account) -> None:
    """Make an account invisible and end its sessions, in one transaction.

    Raises:
        Problem: 409 for an account that is not active.
    """
    at, user_id = now_ms(), account.user_id
    expression, values = versioned(
        {"leaving": _LEAVING, "deactivated_at": at, "sessions_from": at}, at=at
    )
    there = "attribute_exists(#key) AND attribute_not_exists(#leaving)"
    actions = [
        _set_status_action(user_id, "active", "deactivated", at),
        ACCOUNTS.update_action({"key": account.key}, expression, values, there),
        grants.end_all_action(user_id, at),
        *revocation_items.status_actions("left", user_id, at),
    ]
    try:
        dynamo.transact(actions)
    except dynamo.TransactionCanceled as canceled:
        raise conflict("The account is not active.") from canceled
    grants.delete_all(user_id, at)
    revocations.note(f"left:{user_id}", at)
    profiles.forget(user_id)


def restore(account: Account, user: User) -> User:
    """Make a deactivated account active, or suspended if it was meanwhile.

    Raises:
        Problem: 401 if its removal has begun.
    """
    at, suspended = now_ms(), is_suspended(as_dict(user))
    status, condition = ("suspended", SUSPENDED) if suspended else ("active", NOT_SUSPENDED)
    expression, values = versioned({"leaving": None, "deactivated_at": None}, at=at)
    leaving = "attribute_exists(#leaving) AND attribute_not_exists(#deleting)"
    actions = [
        _set_status_action(account.user_id, "deactivated", status, at, condition),
        ACCOUNTS.update_action({"key": account.key}, expression, values, leaving),
        *revocation_items.status_actions("returned", account.user_id, at),
    ]
    try:
        dynamo.transact(actions)
    except dynamo.TransactionCanceled as canceled:
        raise unauthorized("The login or the password is wrong.") from canceled
    revocations.note(f"returned:{account.user_id}", at)
    profiles.forget(account.user_id)
    return get_user(account.user_id)


def remove_expired() -> int:
    """Erase accounts that were deactivated thirty days ago; returns how many.

    One account that fails does not hold up the others.

    Raises:
        RemovalFailed: at the end, if an account failed.
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
    """Erase a deactivated account; may be repeated after a crash.

    The mark comes first, so that no user returns to an account half erased. The
    last step is one transaction, whose stream record tells the other domains.

    Returns:
        False for an account that is erased already, or whose user came back.

    Raises:
        TransactionCanceled: another request changed the account meanwhile.
    """
    account = get_account(user_id)
    if account is None or not _mark(account):
        return False
    apps.delete_all(user_id)
    pictures.remove_all(user_id)
    removal.remove_all(user_id)
    grants.delete_all(user_id, now_ms())
    jobs.remove(user_id)
    dynamo.transact(
        [
            _tombstone_action(user_id, now_ms()),
            account_items.delete_claim_action(username_key(account.username), user_id),
            account_items.delete_claim_action(email_key(account.email), user_id),
            *_reservations(account),
            ACCOUNTS.delete_action({"key": account.key}, "#deleting = :true", {"true": True}),
        ]
    )
    profiles.forget(user_id)
    return True


def _tombstone_action(user_id: str, at: int) -> Action:
    """Replace a profile by a tombstone."""
    tombstone: Attributes = {
        "status": "deleted", "username": "deleted", "name": "deleted", "protected": True,
        **dict.fromkeys(_PROFILE),
    }  # fmt: skip
    expression, values = versioned(tombstone, at=at)
    values["was"] = "deactivated"
    return USERS.update_action({"id": user_id}, expression, values, "#status = :was")


def _reservations(account: Account) -> list[Action]:
    """Delete the former address, which an undo would need."""
    if not account.former_email:
        return []
    key = email_key(account.former_email)
    return [account_items.delete_reservation_action(key, account.user_id)]


def _mark(account: Account) -> bool:
    """Mark an account for its removal, if its grace is over."""
    values = {"true": True, "before": _grace_start()}
    condition = "#deactivated_at < :before"
    outcome = ACCOUNTS.update({"key": account.key}, "SET #deleting = :true", values, condition)
    return bool(outcome)


def _expired() -> Iterator[str]:
    """User ids of accounts whose grace is over."""
    condition = "#leaving = :leaving AND #deactivated_at < :before"
    values = {"leaving": _LEAVING, "before": _grace_start()}
    for item in ACCOUNTS.query(condition, values, index=LEAVING):
        yield account_items.user_id_of(item["key"])


def _grace_start() -> int:
    """Start of the grace of accounts that expire now, in Unix ms."""
    return now_ms() - process.limits(DepartureLimits).grace_ms


def _set_status_action(
    user_id: str, was: str, now: str, at: int, condition: str = NOT_SUSPENDED
) -> Action:
    expression, values = versioned({"status": now}, at=at)
    values["was"] = was
    return USERS.update_action(
        {"id": user_id}, expression, values, f"#status = :was AND {condition}"
    )
