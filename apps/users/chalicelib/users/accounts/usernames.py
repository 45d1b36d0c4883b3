"""Usernames: which can be had, and taking another one."""

from chalicelib.users.core import actions, claims
from chalicelib.users.core.models import Account, User

from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.errors import Problem, conflict
from shared.contracts import profiles

# Names that would be taken for the platform itself, or that collide with its paths.
RESERVED_USERNAMES = frozenset(
    """
    about abuse account accounts admin administrator ads all anonymous api app apps billing
    bookmarks compose crawls deleted demo dev developer developers docs everyone explore help here
    home hostmaster i jobs legal lists login logout mailer_daemon me media messages moderation
    moderator moderators no_reply noreply notifications null oauth oauth2 official postmaster
    privacy register reset root rookery rules safety search security settings signup staff status
    support system team terms timeline tos undefined user users verified verify webmaster www you
    """.split()
)
# A name given up stays with its owner for so long: nobody answers to it in the meantime.
RESERVATION_MS = 30 * 24 * 3600 * 1000


def username_key(username: str) -> str:
    """Key of the claim to a username, which is unique without regard to case."""
    return f"username#{username.lower()}"


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
        steps += [
            claims.claim(username_key(username), user_id),
            claims.give_up(username_key(account.username), user_id, RESERVATION_MS),
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
