"""The second factor: time-based one-time passwords (RFC 6238) and recovery codes.

The shared secret is sealed by KMS; of recovery codes only digests are kept.
A time step is accepted once: whoever watches a code being typed cannot use it.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from chalicelib.users.accounts.accounts import account_key
from chalicelib.users.core.models import Account
from chalicelib.users.login import throttle
from chalicelib.users.oauth.clients import seal, unseal
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.base.clock import now_ms, now_seconds
from shared.base.errors import Problem, conflict, invalid_request

STEP_SECONDS = 30
RECOVERY_CODES = 10
_DRIFT = 1
_ISSUER = "Rookery"


def begin(account: Account) -> dict[str, Any]:
    """A new secret, which counts once a code made from it has been shown.

    Raises:
        Problem: 409 when there is a second factor already.
    """
    import pyotp

    if account.totp_secret is not None:
        raise conflict("A second factor is set up already; remove it first.")
    secret = pyotp.random_base32()
    _update(
        account.user_id,
        [Account.totp_pending.set(seal(secret, _context(account.user_id)))],
        Account.totp_secret.does_not_exist(),
    )
    uri = pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=_ISSUER)
    return {"otpauth_uri": uri, "secret": secret}


def confirm(account: Account, code: str) -> list[str]:
    """Switch the second factor on; returns the recovery codes, which are shown this once.

    Raises:
        Problem: 400 for a wrong code, 409 when nothing was begun.
    """
    if account.totp_secret is not None or account.totp_pending is None:
        raise conflict("No second factor is being set up.")
    step = _step_of(unseal(account.totp_pending, _context(account.user_id)), code)
    if step is None:
        raise invalid_request("code: not the current one", code="…")
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    done = _update(
        account.user_id,
        [
            Account.totp_secret.set(account.totp_pending),
            Account.totp_pending.remove(),
            Account.totp_step.set(step),
            Account.totp_enabled_at.set(now_ms()),
            Account.recovery_digests.set({_digest(account.user_id, one) for one in codes}),
        ],
        Account.totp_pending == account.totp_pending,
    )
    if not done:
        raise conflict("The second factor was changed meanwhile; begin again.")
    return codes


def remove(account: Account, code: str) -> None:
    """Switch the second factor off.

    Raises:
        Problem: 400 for a wrong code, 409 when there is none.
    """
    if account.totp_secret is None:
        raise conflict("There is no second factor.")
    if not _use(account, code):
        raise invalid_request("code: neither the current one nor a recovery code", code="…")
    _update(
        account.user_id,
        [
            Account.totp_secret.remove(),
            Account.totp_pending.remove(),
            Account.totp_step.remove(),
            Account.totp_enabled_at.remove(),
            Account.recovery_digests.remove(),
        ],
        Account.key.exists(),
    )


def require(account: Account, code: str | None, attempts: throttle.Attempts) -> None:
    """Let a login through that shows the second factor, or needs none.

    Raises:
        Problem: 401 with ``totp_required`` when the code is missing, wrong or used.
    """
    if account.totp_secret is None:
        return
    if not code:
        raise _wanted("This account has a second factor: send its code as `totp`.")
    attempts.second_factor(account.user_id)
    if not _use(account, code):
        raise _wanted("The code of the second factor is wrong or was used before.")


def _use(account: Account, code: str) -> bool:
    """Use up a code or a recovery code (one conditional update)."""
    code = "".join(code.split()).lower()
    if code.isascii() and code.isdigit():
        step = _step_of(unseal(account.totp_secret, _context(account.user_id)), code)
        # Of two racing logins with one code one gets the step.
        return step is not None and _update(
            account.user_id, [Account.totp_step.set(step)], Account.totp_step < step
        )
    known = account.recovery_digests or set()
    given = _digest(account.user_id, code)
    match = next((one for one in known if hmac.compare_digest(one, given)), None)
    return match is not None and _update(
        account.user_id,
        [Account.recovery_digests.delete({match})],
        Account.recovery_digests.contains(match),
    )


def _step_of(secret: str, code: str) -> int | None:
    """The time step that a code belongs to, the present one or a neighbour."""
    import pyotp

    generator, now = pyotp.TOTP(secret), now_seconds() // STEP_SECONDS
    steps = range(now - _DRIFT, now + _DRIFT + 1)
    # All are compared, so that the time says nothing about which one came near.
    made = [(step, generator.generate_otp(step)) for step in steps]
    matches = [step for step, one in made if hmac.compare_digest(one.encode(), code.encode())]
    return matches[-1] if matches else None


def _update(user_id: str, actions: list[Action], condition: Condition) -> bool:
    stamp = [Account.version.add(1), Account.updated_at.set(now_ms())]
    try:
        Account(account_key(user_id)).update([*actions, *stamp], condition=condition)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _recovery_code() -> str:
    """Eighty bits in sixteen letters and digits, in groups that can be copied by hand."""
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def _digest(user_id: str, code: str) -> str:
    return hashlib.sha256(f"{user_id}:{code.replace('-', '')}".encode()).hexdigest()


def _context(user_id: str) -> str:
    return f"totp-{user_id}"


def _wanted(detail: str) -> Problem:
    return Problem(
        401,
        "about:blank",
        "Unauthorized",
        detail,
        headers={"WWW-Authenticate": 'Bearer realm="rookery"'},
        extra={"totp_required": True},
    )
