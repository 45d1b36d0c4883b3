"""Account settings: password, addresses, second factor, deactivation."""

from typing import Any

from chalicelib.users.accounts import accounts, email_addresses, password_changes, usernames
from chalicelib.users.core import schemas
from chalicelib.users.core.models import Account
from chalicelib.users.leaving import departures
from chalicelib.users.login import throttle, totp
from chalicelib.users.routes import answers
from chalicelib.users.routes.answers_oauth import TOKENS

from shared.auth.scopes import user_access
from shared.base.clock import iso
from shared.base.components import data
from shared.base.errors import not_found, unauthorized
from shared.contracts.schemas.responses import done
from shared.http.api import Api, Call

api = Api(__name__, "Account settings")

_WRITE = user_access("account.write")


def _own(call: Call) -> Account:
    account = accounts.get_account(call.user_id)
    if account is None:
        raise not_found("account", call.user_id)
    return account


def guarded(call: Call, password: str) -> Account:
    """The caller's account after the password was asked for again; guessing is throttled."""
    account = _own(call)
    attempts = throttle.Attempts(f"own#{account.user_id}", call.source_ip)
    password_changes.require_password(account, password)
    attempts.note_success()
    return account


@api.endpoint(
    "GET",
    "/1/accounts/me",
    access=user_access("account.read"),
    summary="Get your account settings",
    answer=data(answers.ACCOUNT),
    limit=300,
)
def get_account(call: Call) -> Any:
    """Return your private settings; `/2/users/me` has the profile."""
    account = _own(call)
    changed = account.password_changed_at
    return {
        "data": {
            "id": call.user_id,
            "username": account.username,
            "email": account.email,
            "email_verified": bool(account.email_verified),
            "pending_email": account.pending_email,
            "totp_enabled": account.totp_secret is not None,
            "password_changed_at": iso(int(changed)) if changed else None,
        }
    }


@api.endpoint(
    "PUT",
    "/1/accounts/me/password",
    access=_WRITE,
    summary="Change your password",
    answer=data(TOKENS),
    body=schemas.CHANGE_PASSWORD,
    limit=30,
)
def change_password(call: Call) -> Any:
    """Change your password; all sessions end, and a new one begins.

    The answer has the tokens of the new session.
    """
    if call.principal is None:
        raise unauthorized()
    account = guarded(call, call.body["current_password"])
    agent = call.headers.get("user-agent", "")
    opened = password_changes.change(account, call.principal, call.body["new_password"], agent)
    return {"data": opened.document()}


@api.endpoint(
    "POST",
    "/1/accounts/verification",
    access=_WRITE,
    summary="Resend the verification email",
    answer=done(requested=True),
    status=202,
    body=schemas.NOTHING,
    limit=30,
)
def send_verification(call: Call) -> Any:
    """Send the verification email again, at most once a minute."""
    email_addresses.send_again(_own(call))
    return {"data": {"requested": True}}


@api.endpoint(
    "PUT",
    "/1/accounts/me/username",
    access=_WRITE,
    summary="Change your username",
    answer=answers.USERNAME_CHANGED,
    body=schemas.CHANGE_USERNAME,
    limit=10,
)
def change_username(call: Call) -> Any:
    """Change your username; the old one stays yours for 30 days."""
    usernames.change(_own(call), call.body["username"])
    return {"data": {"id": call.user_id, "username": call.body["username"]}}


@api.endpoint(
    "PUT",
    "/1/accounts/me/email",
    access=_WRITE,
    summary="Change your email address",
    answer=done(requested=True),
    status=202,
    body=schemas.CHANGE_EMAIL,
    limit=10,
)
def change_email(call: Call) -> Any:
    """Request a new email address, confirmed by an emailed token."""
    email_addresses.request_change(guarded(call, call.body["password"]), call.body["email"])
    return {"data": {"requested": True}}


@api.endpoint(
    "POST",
    "/1/accounts/me/totp",
    access=_WRITE,
    summary="Set up two-factor authentication",
    answer=data(answers.TOTP_SETUP),
    status=201,
    body=schemas.PASSWORD_ONLY,
    limit=30,
)
def begin_totp(call: Call) -> Any:
    """Begin to set up two-factor authentication.

    The answer has the secret for an authenticator app.
    """
    return {"data": totp.begin(guarded(call, call.body["password"]))}


@api.endpoint(
    "POST",
    "/1/accounts/me/totp/confirm",
    access=_WRITE,
    summary="Turn on two-factor authentication",
    answer=answers.RECOVERY_CODES,
    body=schemas.CODE_ONLY,
    limit=30,
)
def confirm_totp(call: Call) -> Any:
    """Turn on two-factor authentication with a first code.

    The recovery codes are shown only once.
    """
    return {"data": {"recovery_codes": totp.confirm(_own(call), call.body["code"])}}


@api.endpoint(
    "DELETE",
    "/1/accounts/me/totp",
    access=_WRITE,
    summary="Turn off two-factor authentication",
    answer=done(removed=True),
    body=schemas.CODE_ONLY,
    limit=10,
)
def remove_totp(call: Call) -> Any:
    """Turn off two-factor authentication with a code or recovery code."""
    account = _own(call)
    throttle.guess_second_factor(account.user_id)
    totp.remove(account, call.body["code"])
    return {"data": {"removed": True}}


@api.endpoint(
    "DELETE",
    "/1/accounts/me",
    access=_WRITE,
    summary="Deactivate your account",
    answer=done(deactivated=True),
    body=schemas.PASSWORD_ONLY,
    limit=30,
)
def deactivate_account(call: Call) -> Any:
    """Deactivate your account; it is deleted after 30 days.

    Logging in before then brings it back.
    """
    departures.deactivate(guarded(call, call.body["password"]))
    return {"data": {"deactivated": True}}
