"""New passwords: changed by the logged-in user, or reset by mail."""

from dataclasses import dataclass

from chalicelib.users.accounts.accounts import NOBODY, get_account, get_user, normalize_email
from chalicelib.users.accounts.email_undo import new_reference
from chalicelib.users.accounts.password_rules import require_good
from chalicelib.users.accounts.passwords import check_password, hash_password
from chalicelib.users.core.account_items import account_key, email_key
from chalicelib.users.core.models import ACCOUNTS, Account
from chalicelib.users.core.updates import versioned
from chalicelib.users.oauth import grants, tokens

from shared.auth.authentication import Principal
from shared.auth.one_time_tokens import verify as verify_one_time_token
from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.errors import Problem, conflict, forbidden, invalid_request
from shared.base.process import process

PURPOSE = "reset_password"


@dataclass(frozen=True)
class ResetLimits:
    """Bounds of password resets.

    Attributes:
        valid_ms: time for which a token is valid.
        cool_down_ms: time between two mails.
    """

    valid_ms: int = 3600 * 1000
    cool_down_ms: int = 60_000


def require_password(account: Account, password: str) -> None:
    """Ask for the password again, where a stolen token must not do.

    Raises:
        Problem: 403 for a wrong password.
    """
    if not check_password(account.password_hash, password):
        raise forbidden("The password is wrong.")


def change(account: Account, principal: Principal, new: str, user_agent: str = "") -> tokens.Tokens:
    """Change the password: every session ends, and the caller's is replaced.

    Args:
        user_agent: User-Agent header of the caller's device.

    Returns:
        tokens of the session that replaces the caller's.

    Raises:
        Problem: 400 for a weak password, 409 if it was changed meanwhile.
    """
    require_good(new, account.username, account.email, "new_password")
    at = now_ms()
    values = {"old": account.password_hash}
    try:
        _store(account, new, at, "#password_hash = :old", values)
    except dynamo.TransactionCanceled as canceled:
        raise conflict("The password was changed by another request; try again.") from canceled
    user, scope = get_user(account.user_id), " ".join(sorted(principal.scopes))
    # One millisecond later than everything that has just ended.
    at = max(now_ms(), at + 1)
    return tokens.open_session(
        user, principal.client_id, scope, refreshable=True, at=at, user_agent=user_agent
    )


def request_reset(email: str) -> None:
    """Send a mail with a reset token, if an account has the address.

    Known or not, an address costs the same two calls and gets the same answer.

    Raises:
        Problem: 400 for an invalid address.
    """
    claim = ACCOUNTS.get({"key": email_key(normalize_email(email))}, consistent=True)
    # An address that was given up has no user either.
    user_id = (claim or {}).get("user_id") or NOBODY
    now = now_ms()
    expression, values = versioned(
        {"reset_id": new_reference(user_id), "reset_requested_at": now}, at=now
    )
    values["waited"] = now - process.limits(ResetLimits).cool_down_ms
    # Refused for nobody's address, and within a minute of the last mail.
    ACCOUNTS.update(
        {"key": account_key(user_id)},
        expression,
        values,
        "attribute_exists(#key) AND "
        "(attribute_not_exists(#reset_requested_at) OR #reset_requested_at < :waited)",
    )


def confirm_reset(token: str, new: str) -> None:
    """Set a new password with the token of a mail; every session ends.

    Raises:
        Problem: 400 for an invalid or expired token, or a weak password.
    """
    reference = verify_one_time_token(PURPOSE, token)
    if reference is None:
        raise _invalid()
    user_id, issued = reference.split("-")[:2]
    account = get_account(user_id)
    expired = now_ms() - int(issued) > process.limits(ResetLimits).valid_ms
    if account is None or account.reset_id != reference or expired:
        raise _invalid()
    require_good(new, account.username, account.email, "new_password")
    try:
        _store(account, new, now_ms(), "#reset_id = :reset", {"reset": reference})
    except dynamo.TransactionCanceled as canceled:
        raise _invalid() from canceled


def _store(account: Account, new: str, at: int, condition: str, seen: dict[str, str]) -> None:
    """Store the password and end all sessions, in one transaction.

    Args:
        seen: values of the condition.
    """
    expression, values = versioned(
        {
            "password_hash": hash_password(new),
            "password_changed_at": at,
            "sessions_from": at,
            "reset_id": None,
        },
        at=at,
    )
    key = {"key": account.key}
    dynamo.transact(
        [
            ACCOUNTS.update_action(key, expression, {**values, **seen}, condition),
            grants.end_all_action(account.user_id, at),
        ]
    )
    grants.delete_all(account.user_id, at)


def _invalid() -> Problem:
    return invalid_request(
        "The reset token is not valid, was used before or has expired.", token="…"
    )
