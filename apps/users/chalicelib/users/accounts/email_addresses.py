"""Proof that an address is the user's own: at registration, again, and for a new address."""

from chalicelib.users.accounts import email_undo
from chalicelib.users.accounts.accounts import account_key, email_key, get_account, normalize_email
from chalicelib.users.core import actions, claims
from chalicelib.users.core.models import Account
from pynamodb.exceptions import UpdateError

from shared.auth.one_time_tokens import verify as verify_one_time_token
from shared.aws import dynamo
from shared.base.clock import now_ms, now_seconds
from shared.base.errors import Problem, conflict, invalid_request

VERIFICATION_MS = 7 * 24 * 3600 * 1000
COOL_DOWN_MS = 60_000
# The reference of a new address begins so; whose purpose it is stands in the token's MAC.
_CHANGE = "new-"


def verify(token: str) -> str:
    """Accept the token of a mail: the address is the user's own; doing it twice is fine.

    Returns:
        the user's id.

    Raises:
        Problem: 400 when the token is not valid (any more), 409 when somebody
            else has the new address meanwhile.
    """
    purpose = "change_email" if token.startswith(_CHANGE) else "verify_email"
    reference = verify_one_time_token(purpose, token)
    if reference is None:
        raise _invalid()
    user_id, issued = reference.removeprefix(_CHANGE).split("-")[:2]
    if now_ms() - int(issued) > VERIFICATION_MS:
        raise invalid_request("The verification token has expired.", token="…")
    if purpose == "change_email":
        _change(user_id, reference)
    else:
        _verify(user_id, reference)
    return user_id


def send_again(account: Account) -> None:
    """Ask for another verification mail; the token of the earlier one is dead.

    Raises:
        Problem: 409 when the address is verified, 429 when a mail was sent just now.
    """
    if account.email_verified:
        raise conflict("The e-mail address is verified already.")
    now = now_ms()
    issued = int((account.verification_id or "-0").split("-")[1])
    if now - issued < COOL_DOWN_MS:
        raise _too_soon(issued + COOL_DOWN_MS - now)
    try:
        Account(account.key).update(
            [
                Account.verification_id.set(email_undo.new_reference(account.user_id)),
                Account.verification_requested_at.set(now),
                Account.version.add(1),
                Account.updated_at.set(now),
            ],
            # Of two racing requests one sends a mail.
            condition=Account.verification_id == account.verification_id,
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise _too_soon(COOL_DOWN_MS) from error


def request_change(account: Account, email: str) -> None:
    """Send a mail to another address; nothing else changes until its token comes back.

    Whether somebody has the address is told only to who can read its mail.

    Raises:
        Problem: 400 when it is no address, 409 when it is the present one.
    """
    address = normalize_email(email)
    if address == account.email:
        raise conflict("This is your e-mail address already.")
    Account(account.key).update(
        [
            Account.pending_email.set(address),
            Account.pending_email_id.set(_CHANGE + email_undo.new_reference(account.user_id)),
            Account.version.add(1),
            Account.updated_at.set(now_ms()),
        ],
        condition=Account.key.exists(),
    )


def _verify(user_id: str, reference: str) -> None:
    try:
        Account(account_key(user_id)).update(
            [
                Account.email_verified.set(True),
                Account.version.add(1),
                Account.updated_at.set(now_ms()),
            ],
            condition=(Account.verification_id == reference) & (Account.email_verified == False),  # noqa: E712
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        stored = get_account(user_id)
        if stored is None or stored.verification_id != reference:
            raise _invalid() from error


def _change(user_id: str, reference: str) -> None:
    """Swap the claims to the old and the new address in one transaction."""
    account = get_account(user_id)
    if account is None:
        raise _invalid()
    if account.verification_id == reference:
        return
    if account.pending_email_id != reference:
        raise _invalid()
    now, table = now_ms(), Account.Meta.table_name
    values = {"email": account.pending_email, "id": reference, "true": True, "now": now, "one": 1}
    undo, undo_values = email_undo.note(account, now)
    # The reference of the change becomes that of the address: a second click finds it done.
    expression = (
        "SET #email = :email, #email_verified = :true, #email_changed_at = :now, "
        f"#verification_id = :id, #updated_at = :now {undo}"
        "REMOVE #pending_email, #pending_email_id, #verification_requested_at ADD #version :one"
    )
    values |= undo_values
    steps = [
        claims.claim(email_key(account.pending_email), user_id),
        claims.give_up(email_key(account.email), user_id, email_undo.keep_ms(account, now)),
        actions.update(table, {"key": account.key}, expression, values, "#pending_email_id = :id"),
    ]
    try:
        dynamo.transact(steps)
    except dynamo.TransactionCanceled as canceled:
        if canceled.failed(0):
            raise conflict("This e-mail address is in use.") from canceled
        raise _invalid() from canceled


def _invalid() -> Problem:
    return invalid_request("The verification token is not valid.", token="…")


def _too_soon(wait_ms: int) -> Problem:
    seconds = -(-wait_ms // 1000)
    return Problem(
        429,
        "about:blank",
        "Too Many Requests",
        "A mail was sent just now; look for it, and ask again in a minute.",
        headers={"Retry-After": str(seconds), "x-rate-limit-reset": str(now_seconds() + seconds)},
    )
