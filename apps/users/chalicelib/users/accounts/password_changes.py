"""Another password: changed by who knows the old one, or reset by who reads the mail."""

from chalicelib.users.accounts.accounts import (
    account_key,
    email_key,
    get_account,
    get_user,
    normalize_email,
)
from chalicelib.users.accounts.email_undo import new_reference
from chalicelib.users.accounts.password_rules import require_good
from chalicelib.users.accounts.passwords import check_password, hash_password
from chalicelib.users.core import actions
from chalicelib.users.core.models import Account
from chalicelib.users.oauth import session_list, tokens
from pynamodb.exceptions import UpdateError

from shared.auth.authentication import Principal
from shared.auth.one_time_tokens import verify as verify_one_time_token
from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.errors import Problem, conflict, forbidden, invalid_request

RESET_MS = 3600 * 1000
COOL_DOWN_MS = 60_000
PURPOSE = "reset_password"
# An account that never is: asking for an unknown address costs the same calls.
_NOBODY = "0"


def require_password(account: Account, password: str) -> None:
    """Ask again who is there, before something that a stolen token must not do.

    Raises:
        Problem: 403 for a wrong password.
    """
    if not check_password(account.password_hash, password):
        raise forbidden("The password is wrong.")


def change(account: Account, principal: Principal, new: str, user_agent: str = "") -> tokens.Tokens:
    """Change the password: every session ends, and the one that asked is replaced.

    Args:
        user_agent: of the device that asks.

    Returns:
        tokens of the session that takes the place of the caller's.

    Raises:
        Problem: 400 for a password that is easily guessed, 409 when it was
            changed meanwhile.
    """
    require_good(new, account.username, account.email, "new_password")
    at = now_ms()
    values = {"old": account.password_hash}
    try:
        _set(account, new, at, "#password_hash = :old", values)
    except dynamo.TransactionCanceled as canceled:
        raise conflict("The password was changed meanwhile.") from canceled
    user, scope = get_user(account.user_id), " ".join(sorted(principal.scopes))
    # One millisecond later than everything that has just ended.
    at = max(now_ms(), at + 1)
    return tokens.open_session(
        user, principal.client_id, scope, refreshable=True, at=at, user_agent=user_agent
    )


def request_reset(email: str) -> None:
    """Send a mail with a reset token, if there is an account of that address.

    Known or not, the same two calls are made and nothing is answered.

    Raises:
        Problem: 400 when it is no address at all.
    """
    address = normalize_email(email)
    try:
        user_id = Account.get(email_key(address), consistent_read=True).user_id
    except Account.DoesNotExist:
        user_id = _NOBODY
    now = now_ms()
    waited = Account.reset_requested_at.does_not_exist() | (
        Account.reset_requested_at < now - COOL_DOWN_MS
    )
    try:
        Account(account_key(user_id)).update(
            [
                Account.reset_id.set(new_reference(user_id)),
                Account.reset_requested_at.set(now),
                Account.version.add(1),
                Account.updated_at.set(now),
            ],
            condition=Account.key.exists() & waited,
        )
    except UpdateError as error:
        # Nobody's address, or a mail was sent within the minute.
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def confirm_reset(token: str, new: str) -> None:
    """Set a new password with the token of a mail; every session ends.

    Raises:
        Problem: 400 when the token is not valid (any more) or the password is easily guessed.
    """
    reference = verify_one_time_token(PURPOSE, token)
    if reference is None:
        raise _invalid()
    user_id, issued = reference.split("-")[:2]
    account = get_account(user_id)
    if account is None or account.reset_id != reference or now_ms() - int(issued) > RESET_MS:
        raise _invalid()
    require_good(new, account.username, account.email, "new_password")
    try:
        _set(account, new, now_ms(), "#reset_id = :reset", {"reset": reference})
    except dynamo.TransactionCanceled as canceled:
        raise _invalid() from canceled


def _set(account: Account, new: str, at: int, condition: str, values: dict[str, str]) -> None:
    """Store the password and end all sessions, in one transaction."""
    expression = (
        "SET #password_hash = :hash, #password_changed_at = :at, #sessions_from = :at, "
        "#updated_at = :at REMOVE #reset_id ADD #version :one"
    )
    values_ = {**values, "hash": hash_password(new), "at": at, "one": 1}
    table = Account.Meta.table_name
    dynamo.transact(
        [
            actions.update(table, {"key": account.key}, expression, values_, condition),
            session_list.end_all_action(account.user_id, at),
        ]
    )
    session_list.forget_all(account.user_id, at)


def _invalid() -> Problem:
    return invalid_request(
        "The reset token is not valid, was used before or has expired.", token="…"
    )
