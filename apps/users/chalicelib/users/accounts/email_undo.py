"""Undo of a changed address within a week, by mail to the former one.

A thief of a session and the password could otherwise move the account to another
address for good, or lock it with a second factor. Only a verified address gets
the offer.
"""

import secrets

from chalicelib.users.accounts.accounts import get_account
from chalicelib.users.core.account_items import claim_action, email_key, release_action
from chalicelib.users.core.models import ACCOUNTS, Account
from chalicelib.users.core.updates import Attributes, versioned
from chalicelib.users.oauth import grants

from shared.auth.one_time_tokens import verify as verify_one_time_token
from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.errors import Problem, conflict, invalid_request

PURPOSE = "undo_email"
UNDO_MS = 7 * 24 * 3600 * 1000
# A second factor set up within this time before the change may be the thief's as well.
_RECENT_MS = UNDO_MS
_PREFIX = "undo-"
_FACTOR = ("totp_secret", "totp_step", "totp_enabled_at", "recovery_digests")


def new_reference(user_id: str) -> str:
    """Reference of which a one-time token is made when the mail is sent."""
    return f"{user_id}-{now_ms()}-{secrets.token_hex(8)}"


def offer(account: Account, now: int) -> Attributes:
    """Attributes that a change of address adds to the account.

    An earlier offer that is still open stays: two changes in a row must not put
    the first address out of reach.
    """
    if _offered(account, now) or not account.email_verified:
        return {}
    reference = _PREFIX + new_reference(account.user_id)
    return {"former_email": account.email, "undo_id": reference}


def keep_ms(account: Account, now: int) -> int:
    """Time for which the former address stays reserved for its user."""
    return 0 if _offered(account, now) or not account.email_verified else UNDO_MS


def undo(token: str) -> None:
    """Restore the former address, and end every session.

    A second factor that was set up since the change, or within the week before it, is
    removed with its recovery codes. The password stays; a reset by mail goes to the
    right address again.

    Raises:
        Problem: 400 for an invalid or expired token, 409 if another request changed the
            account at the same moment.
    """
    reference = verify_one_time_token(PURPOSE, token)
    if reference is None or not reference.startswith(_PREFIX):
        raise _invalid()
    user_id = reference.split("-")[1]
    account = get_account(user_id)
    now = now_ms()
    if account is None or account.undo_id != reference or not _offered(account, now):
        raise _invalid()
    expression, values = versioned(_restored(account, now), at=now)
    values |= {"undo": reference, "seen": account.version}
    # The version also covers a second factor that is being set up at this moment.
    unchanged = "#undo_id = :undo AND #version = :seen"
    actions = [
        claim_action(email_key(account.former_email), user_id),
        release_action(email_key(account.email), user_id),
        ACCOUNTS.update_action({"key": account.key}, expression, values, unchanged),
        grants.end_all_action(user_id, now),
    ]
    try:
        dynamo.transact(actions)
    except dynamo.TransactionCanceled as canceled:
        stored = get_account(user_id)
        if stored is not None and stored.undo_id == reference and not canceled.failed(0):
            raise conflict("The account was changed by another request; try again.") from canceled
        raise _invalid() from canceled
    grants.delete_all(user_id, now)


def _restored(account: Account, now: int) -> Attributes:
    """Attributes of an account with its former address."""
    removed = ["former_email", "undo_id", "pending_email", "pending_email_id", "reset_id"]
    return {
        "email": account.former_email,
        "email_verified": True,
        "email_changed_at": now,
        "sessions_from": now,
        **dict.fromkeys([*removed, "totp_pending", *_suspect_factor(account)]),
    }


def _offered(account: Account, now: int) -> bool:
    """Return whether a change can still be undone."""
    return bool(account.undo_id) and now - _changed_at(account) <= UNDO_MS


def _changed_at(account: Account) -> int:
    """Moment in ``undo-<user id>-<ms>-<random>``."""
    return int(account.undo_id.split("-")[2])


def _suspect_factor(account: Account) -> tuple[str, ...]:
    """Attributes of a second factor that may not be the owner's."""
    if (account.totp_enabled_at or 0) < _changed_at(account) - _RECENT_MS:
        return ()
    return _FACTOR


def _invalid() -> Problem:
    return invalid_request("The token is not valid, was used before or has expired.", token="…")
