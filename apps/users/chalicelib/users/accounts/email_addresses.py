"""Proof of addresses, after registration and before a change."""

from dataclasses import dataclass

from chalicelib.users.accounts import email_undo
from chalicelib.users.accounts.accounts import get_account, normalize_email
from chalicelib.users.core.account_items import (
    account_key,
    claim_action,
    email_key,
    release_action,
)
from chalicelib.users.core.models import ACCOUNTS, Account
from chalicelib.users.core.updates import Attributes, versioned

from shared.auth.one_time_tokens import verify as verify_one_time_token
from shared.aws import dynamo
from shared.base.clock import now_ms, now_seconds
from shared.base.errors import Problem, conflict, invalid_request
from shared.base.process import process

# Beginning of references of new addresses; the token's MAC holds its purpose.
_CHANGE = "new-"


@dataclass(frozen=True)
class VerificationLimits:
    """Bounds of mails that verify an address.

    Attributes:
        valid_ms: time for which a token is valid.
        cool_down_ms: time between two mails.
    """

    valid_ms: int = 7 * 24 * 3600 * 1000
    cool_down_ms: int = 60_000


def verify(token: str) -> str:
    """Accept the token of a mail: the address is the user's own. Idempotent.

    Returns:
        the user's id.

    Raises:
        Problem: 400 for an invalid or expired token, 409 if another account has taken
            the new address meanwhile.
    """
    purpose = "change_email" if token.startswith(_CHANGE) else "verify_email"
    reference = verify_one_time_token(purpose, token)
    if reference is None:
        raise _invalid()
    user_id, issued = reference.removeprefix(_CHANGE).split("-")[:2]
    if now_ms() - int(issued) > process.limits(VerificationLimits).valid_ms:
        raise invalid_request("The verification token has expired.", token="…")
    if purpose == "change_email":
        _change(user_id, reference)
    else:
        _verify(user_id, reference)
    return user_id


def send_again(account: Account) -> None:
    """Ask for another verification mail; the earlier token becomes invalid.

    Raises:
        Problem: 409 for a verified address, 429 within a minute of the last mail.
    """
    if account.email_verified:
        raise conflict("The email address is already verified.")
    now, cool_down = now_ms(), process.limits(VerificationLimits).cool_down_ms
    issued = int((account.verification_id or "-0").split("-")[1])
    if now - issued < cool_down:
        raise _too_soon(issued + cool_down - now)
    reference = email_undo.new_reference(account.user_id)
    expression, values = versioned(
        {"verification_id": reference, "verification_requested_at": now}, at=now
    )
    values["seen"] = account.verification_id
    # Of two racing requests one sends a mail.
    if not ACCOUNTS.update({"key": account.key}, expression, values, "#verification_id = :seen"):
        raise _too_soon(cool_down)


def request_change(account: Account, email: str) -> None:
    """Send a mail to a new address; its token changes the address.

    Nothing else changes until then. Only the reader of that mail learns that another
    account has the address.

    Raises:
        Problem: 400 for an invalid address, 409 for the present one.
    """
    address = normalize_email(email)
    if address == account.email:
        raise conflict("This is already your email address.")
    reference = _CHANGE + email_undo.new_reference(account.user_id)
    expression, values = versioned(
        {"pending_email": address, "pending_email_id": reference}, at=now_ms()
    )
    ACCOUNTS.update({"key": account.key}, expression, values, "attribute_exists(#key)")


def _verify(user_id: str, reference: str) -> None:
    expression, values = versioned({"email_verified": True}, at=now_ms())
    values |= {"reference": reference, "false": False}
    condition = "#verification_id = :reference AND #email_verified = :false"
    outcome = ACCOUNTS.update({"key": account_key(user_id)}, expression, values, condition)
    if not outcome and (outcome.item or {}).get("verification_id") != reference:
        raise _invalid()


def _change(user_id: str, reference: str) -> None:
    """Swap the claims to the old and the new address in one transaction."""
    account = get_account(user_id)
    if account is None:
        raise _invalid()
    if account.verification_id == reference:
        return
    if account.pending_email_id != reference:
        raise _invalid()
    now = now_ms()
    expression, values = versioned(_with_new_address(account, now), at=now)
    values["reference"] = reference
    unchanged = "#pending_email_id = :reference"
    actions = [
        claim_action(email_key(account.pending_email), user_id),
        release_action(email_key(account.email), user_id, email_undo.keep_ms(account, now)),
        ACCOUNTS.update_action({"key": account.key}, expression, values, unchanged),
    ]
    try:
        dynamo.transact(actions)
    except dynamo.TransactionCanceled as canceled:
        if canceled.failed(0):
            raise conflict("This email address is in use.") from canceled
        raise _invalid() from canceled


def _with_new_address(account: Account, now: int) -> Attributes:
    """Attributes of an account whose pending address has been verified."""
    return {
        "email": account.pending_email,
        "email_verified": True,
        "email_changed_at": now,
        # The change's reference becomes the address's: a second click finds it done.
        "verification_id": account.pending_email_id,
        "verification_requested_at": None,
        "pending_email": None,
        "pending_email_id": None,
        **email_undo.offer(account, now),
    }


def _invalid() -> Problem:
    return invalid_request("The verification token is not valid.", token="…")


def _too_soon(wait_ms: int) -> Problem:
    seconds = -(-wait_ms // 1000)
    return Problem(
        429,
        "about:blank",
        "Too Many Requests",
        "A mail was sent less than a minute ago; look for it before you ask again.",
        headers={"Retry-After": str(seconds), "x-rate-limit-reset": str(now_seconds() + seconds)},
    )
