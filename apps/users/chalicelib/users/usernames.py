"""Usernames: which can be had, and taking another one."""

from typing import Any

from chalicelib.users import actions
from chalicelib.users.models import Account, User

from shared import dynamo, profiles
from shared.clock import now_ms
from shared.errors import Problem, conflict

# Names that would be taken for the platform itself, or that collide with its paths.
RESERVED_USERNAMES = frozenset(
    """
    about account admin administrator api app compose crawls demo dev docs explore help home i
    login logout me messages moderator notifications null oauth oauth2 privacy register root
    rookery search settings signup status support system tos undefined verify www
    """.split()
)
# A name given up stays with its owner for so long: nobody answers to it in the meantime.
RESERVATION_MS = 30 * 24 * 3600 * 1000

# The claim is free, or was given up long ago, or by the very user who wants it back.
CLAIMABLE = "attribute_not_exists(#key) OR #reserved_until < :now OR #reserved_for = :user"


def username_key(username: str) -> str:
    """Key of the claim to a username, which is unique without regard to case."""
    return f"username#{username.lower()}"


def claim(username: str, user_id: str) -> dict[str, Any]:
    """The write action that makes a name a user's own; fails when somebody else has it."""
    item = {"key": username_key(username), "user_id": user_id}
    values = {"now": now_ms(), "user": user_id}
    return actions.put(Account.Meta.table_name, item, values, CLAIMABLE)


def refuse_reserved(username: str) -> None:
    """Refuse a name that nobody may have.

    Raises:
        Problem: 409.
    """
    if username.lower() in RESERVED_USERNAMES:
        raise conflict("This username is reserved.")


def change(account: Account, username: str) -> None:
    """Take another name in one transaction; the old one is reserved for thirty days.

    Raises:
        Problem: 409 when the name is reserved, taken, or the own one was changed meanwhile.
    """
    refuse_reserved(username)
    now, table, user_id = now_ms(), Account.Meta.table_name, account.user_id
    stamp = {"name": username, "old": account.username, "now": now, "one": 1}
    expression = "SET #username = :name, #updated_at = :now ADD #version :one"
    unchanged = "#username = :old"
    steps = [
        actions.update(table, {"key": account.key}, expression, stamp, unchanged),
        actions.update(User.Meta.table_name, {"id": user_id}, expression, stamp, unchanged),
    ]
    if username.lower() != account.username.lower():
        # The reservation holds no `user_id`, so that the old name leads nowhere.
        given_up = {
            "key": username_key(account.username),
            "reserved_for": user_id,
            "reserved_until": now + RESERVATION_MS,
        }
        steps += [
            claim(username, user_id),
            actions.put(table, given_up, {"user": user_id}, "#user_id = :user"),
        ]
    try:
        dynamo.transact(steps)
    except dynamo.TransactionCanceled as canceled:
        raise _refusal(canceled) from canceled
    profiles.forget(user_id)


def _refusal(canceled: dynamo.TransactionCanceled) -> Problem:
    if canceled.failed(2) and not canceled.failed(0):
        return conflict("This username is taken.")
    return conflict("The username is being changed right now; look at it again.")
