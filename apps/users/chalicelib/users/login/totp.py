"""Second factor: one-time passwords (TOTP, RFC 6238), recovery codes.

KMS seals the shared secret; only digests of recovery codes are stored. A time step
is accepted once, so that a code that was watched cannot be used again.
"""

import base64
import hashlib
import hmac
import secrets

from chalicelib.users.core.account_items import account_key
from chalicelib.users.core.models import ACCOUNTS, Account
from chalicelib.users.core.updates import Attributes, versioned
from chalicelib.users.login import throttle
from chalicelib.users.oauth.clients import seal, unseal

from shared.aws.dynamo import Item
from shared.base.clock import now_ms, now_seconds
from shared.base.errors import Problem, conflict, invalid_request

STEP_SECONDS = 30
RECOVERY_CODES = 10
_DRIFT = 1
_ISSUER = "Rookery"
_ATTRIBUTES = ("totp_secret", "totp_pending", "totp_step", "totp_enabled_at", "recovery_digests")


def begin(account: Account) -> Item:
    """Make a new secret, which counts once a code of it has been confirmed.

    Raises:
        Problem: 409 for an account with a second factor.
    """
    import pyotp

    if account.totp_secret is not None:
        raise conflict("A second factor is already set up; remove it first.")
    secret = pyotp.random_base32()
    pending = seal(secret, _context(account.user_id))
    _update(account.user_id, {"totp_pending": pending}, "attribute_not_exists(#totp_secret)")
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=_ISSUER)
    return {"otpauth_uri": uri, "secret": secret}


def confirm(account: Account, code: str) -> list[str]:
    """Switch the second factor on; returns the recovery codes.

    Raises:
        Problem: 400 for a wrong code, 409 unless a second factor is being set up.
    """
    if account.totp_secret is not None or account.totp_pending is None:
        raise conflict("No second factor is being set up.")
    step = _step_of(unseal(account.totp_pending, _context(account.user_id)), code)
    if step is None:
        raise invalid_request("code: not the current one", code="…")
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    confirmed = {
        "totp_secret": account.totp_pending,
        "totp_pending": None,
        "totp_step": step,
        "totp_enabled_at": now_ms(),
        "recovery_digests": {_digest(account.user_id, one) for one in codes},
    }
    unchanged = "#totp_pending = :totp_secret"
    if not _update(account.user_id, confirmed, unchanged):
        raise conflict("The second factor was changed by another request; start again.")
    return codes


def remove(account: Account, code: str) -> None:
    """Switch the second factor off.

    Raises:
        Problem: 400 for a wrong code, 409 for an account without a second factor.
    """
    if account.totp_secret is None:
        raise conflict("There is no second factor.")
    if not _use(account, code):
        raise invalid_request("code: neither the current one nor a recovery code", code="…")
    _update(account.user_id, dict.fromkeys(_ATTRIBUTES), "attribute_exists(#key)")


def require(account: Account, code: str | None, attempts: throttle.Attempts) -> None:
    """Check the second factor of a login, if the account has one.

    Raises:
        Problem: 401 with ``totp_required`` for a missing, wrong or used code.
    """
    if account.totp_secret is None:
        return
    if not code:
        raise _required("This account has a second factor: send its code as `totp`.")
    attempts.second_factor(account.user_id)
    if not _use(account, code):
        raise _required("The code of the second factor is wrong or was used before.")


def _use(account: Account, code: str) -> bool:
    """Use up a code or a recovery code (one conditional update)."""
    code = "".join(code.split()).lower()
    if code.isascii() and code.isdigit():
        step = _step_of(unseal(account.totp_secret, _context(account.user_id)), code)
        # Of two racing logins with one code one gets the step.
        unused = "#totp_step < :totp_step"
        return step is not None and _update(account.user_id, {"totp_step": step}, unused)
    known = account.recovery_digests or set()
    given = _digest(account.user_id, code)
    match = next((one for one in known if hmac.compare_digest(one, given)), None)
    return match is not None and _use_recovery_code(account.user_id, match)


def _use_recovery_code(user_id: str, digest: str) -> bool:
    expression, values = versioned({}, at=now_ms())
    values |= {"digest": digest, "used": {digest}}
    return bool(
        ACCOUNTS.update(
            {"key": account_key(user_id)},
            f"{expression} DELETE #recovery_digests :used",
            values,
            "contains(#recovery_digests, :digest)",
        )
    )


def _step_of(secret: str, code: str) -> int | None:
    """Time step of a code, near the present one; ``None`` for a wrong code."""
    import pyotp

    generator, now = pyotp.TOTP(secret), now_seconds() // STEP_SECONDS
    steps = range(now - _DRIFT, now + _DRIFT + 1)
    # Compare all, so that the time does not tell which one came near.
    made = [(step, generator.generate_otp(step)) for step in steps]
    matches = [step for step, one in made if hmac.compare_digest(one.encode(), code.encode())]
    return matches[-1] if matches else None


def _update(user_id: str, attributes: Attributes, condition: str) -> bool:
    expression, values = versioned(attributes, at=now_ms())
    return bool(ACCOUNTS.update({"key": account_key(user_id)}, expression, values, condition))


def _recovery_code() -> str:
    """Eighty bits in four groups of four letters and digits."""
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def _digest(user_id: str, code: str) -> str:
    return hashlib.sha256(f"{user_id}:{code.replace('-', '')}".encode()).hexdigest()


def _context(user_id: str) -> str:
    return f"totp-{user_id}"


def _required(detail: str) -> Problem:
    return Problem(
        401,
        "about:blank",
        "Unauthorized",
        detail,
        headers={"WWW-Authenticate": 'Bearer realm="rookery"'},
        extra={"totp_required": True},
    )
