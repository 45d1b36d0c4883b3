"""Taking a changed address back: who reads the mail of the old one has a week for it.

Whoever stole a session and the password could otherwise move the account to an
address of their own for good, or lock it with a second factor of their own. Only
an address that was proved gets the offer.
"""

import secrets
from typing import Any

from chalicelib.users.accounts.accounts import email_key, get_account
from chalicelib.users.core import actions, claims
from chalicelib.users.core.models import Account
from chalicelib.users.oauth import session_list

from shared.auth.one_time_tokens import verify as verify_one_time_token
from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.errors import Problem, conflict, invalid_request

PURPOSE = "undo_email"
UNDO_MS = 7 * 24 * 3600 * 1000
# A second factor that is no older than this at the change may be the thief's as well.
_RECENT_MS = UNDO_MS
_PREFIX = "undo-"
_FACTOR = ("totp_secret", "totp_step", "totp_enabled_at", "recovery_digests")


def new_reference(user_id: str) -> str:
    """A reference that a one-time token is rendered from when the mail is sent."""
    return f"{user_id}-{now_ms()}-{secrets.token_hex(8)}"


def note(account: Account, now: int) -> tuple[str, dict[str, Any]]:
    """What a change of address adds to the account's update: SET members and their values.

    While an earlier change may still be undone, its offer stands: two changes in a row must
    not bring the first address out of reach.
    """
    if _offered(account, now) or not account.email_verified:
        return "", {}
    reference = _PREFIX + new_reference(account.user_id)
    members = ", #former_email = :former, #undo_id = :undo "
    return members, {"former": account.email, "undo": reference}


def keep_ms(account: Account, now: int) -> int:
    """How long the address that is given up stays reserved for its user."""
    return 0 if _offered(account, now) or not account.email_verified else UNDO_MS


def undo(token: str) -> None:
    """Make the former address the account's again, and end every session.

    A second factor that was set up since the change, or within the week before it, is
    removed with its recovery codes. The password stays as it is; a reset by mail goes to
    the right address again.

    Raises:
        Problem: 400 when the token is not valid (any more), 409 when the account is being
            changed right now.
    """
    reference = verify_one_time_token(PURPOSE, token)
    if reference is None or not reference.startswith(_PREFIX):
        raise _invalid()
    user_id = reference.split("-")[1]
    account = get_account(user_id)
    now = now_ms()
    if account is None or account.undo_id != reference or not _offered(account, now):
        raise _invalid()
    table = Account.Meta.table_name
    expression = (
        "SET #email = :email, #email_verified = :true, #email_changed_at = :now, "
        "#sessions_from = :now, #updated_at = :now REMOVE #former_email, #undo_id, "
        "#pending_email, #pending_email_id, #reset_id, #totp_pending"
        f"{_suspect_factor(account)} ADD #version :one"
    )
    values = {
        "email": account.former_email, "true": True, "now": now, "one": 1, "undo": reference,
        "seen": account.version,
    }  # fmt: skip
    # Also not changed meanwhile: a second factor that is just being set up is seen as well.
    unchanged = "#undo_id = :undo AND #version = :seen"
    steps = [
        claims.claim(email_key(account.former_email), user_id),
        claims.give_up(email_key(account.email), user_id, 0),
        actions.update(table, {"key": account.key}, expression, values, unchanged),
        session_list.end_all_action(user_id, now),
    ]
    try:
        dynamo.transact(steps)
    except dynamo.TransactionCanceled as canceled:
        stored = get_account(user_id)
        if stored is not None and stored.undo_id == reference and not canceled.failed(0):
            raise conflict("The account is being changed right now; try again.") from canceled
        raise _invalid() from canceled
    session_list.forget_all(user_id, now)


def _offered(account: Account, now: int) -> bool:
    """Whether a change may still be undone (``undo-<user id>-<ms>-<random>``)."""
    return bool(account.undo_id) and now - _changed_at(account) <= UNDO_MS


def _changed_at(account: Account) -> int:
    return int(account.undo_id.split("-")[2])


def _suspect_factor(account: Account) -> str:
    """What to REMOVE besides: the parts of a second factor that may not be the owner's."""
    if (account.totp_enabled_at or 0) < _changed_at(account) - _RECENT_MS:
        return ""
    return "".join(f", #{name}" for name in _FACTOR)


def _invalid() -> Problem:
    return invalid_request("The token is not valid, was used before or has expired.", token="…")
