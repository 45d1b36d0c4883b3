"""Reserved usernames, and changes of the own username."""

from dataclasses import dataclass

from chalicelib.users.core.account_items import claim_action, release_action, username_key
from chalicelib.users.core.models import ACCOUNTS, USERS, Account
from chalicelib.users.core.updates import versioned

from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.errors import Problem, conflict
from shared.base.process import process
from shared.contracts import profiles

# Names that could pass for the platform itself, or that collide with its paths.
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


@dataclass(frozen=True)
class UsernameLimits:
    """Bounds of changes of usernames.

    Attributes:
        reservation_ms: time for which a former name stays with its user, so that nobody
            else answers to it.
    """

    reservation_ms: int = 30 * 24 * 3600 * 1000


def refuse_reserved(username: str) -> None:
    """Refuse a name that no account may have.

    Raises:
        Problem: 409 for such a name.
    """
    if username.lower() in RESERVED_USERNAMES:
        raise conflict("This username is reserved.")


def change(account: Account, username: str) -> None:
    """Change the username; the former one is reserved for thirty days.

    Raises:
        Problem: 409 for a reserved or taken name, or if the own name changed meanwhile.
    """
    refuse_reserved(username)
    user_id, unchanged = account.user_id, "#username = :old"
    expression, values = versioned({"username": username}, at=now_ms())
    values["old"] = account.username
    actions = [
        ACCOUNTS.update_action({"key": account.key}, expression, values, unchanged),
        USERS.update_action({"id": user_id}, expression, values, unchanged),
    ]
    if username.lower() != account.username.lower():
        keep_ms = process.limits(UsernameLimits).reservation_ms
        actions += [
            claim_action(username_key(username), user_id),
            release_action(username_key(account.username), user_id, keep_ms),
        ]
    try:
        dynamo.transact(actions)
    except dynamo.TransactionCanceled as canceled:
        raise _refusal(canceled) from canceled
    profiles.forget(user_id)


def _refusal(canceled: dynamo.TransactionCanceled) -> Problem:
    if canceled.failed(2) and not canceled.failed(0):
        return conflict("This username is taken.")
    return conflict("The username was changed by another request; try again.")
