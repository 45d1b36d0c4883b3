"""Accounts: registration, verification, the user's own profile."""

from typing import Any

from chalicelib.users.accounts import accounts, email_addresses, email_undo, password_changes
from chalicelib.users.core import schemas
from chalicelib.users.profiles import pins
from chalicelib.users.routes import answers

from shared.auth.scopes import PUBLIC, user_access
from shared.aws.models import as_dict
from shared.contracts import user_object
from shared.contracts.fields import USER_FIELDS
from shared.contracts.schemas.responses import done
from shared.http.api import Api, Call

api = Api(__name__, "Accounts")

_ALL_FIELDS = frozenset(USER_FIELDS) - {"public_metrics", "most_recent_tweet_id"}


@api.endpoint(
    "POST",
    "/1/accounts",
    access=PUBLIC,
    summary="Create an account",
    answer=answers.PROFILE,
    status=201,
    body=schemas.CREATE_ACCOUNT,
    limit=300,
)
def create_account(call: Call) -> Any:
    """Create an account; the verification email follows."""
    body = call.body
    user = accounts.register(
        body["username"],
        body["name"],
        body["email"],
        body["password"],
        age_confirmed=body.get("age_confirmed"),
    )
    return {"data": user_object.present(as_dict(user), frozenset({"created_at"}))}


@api.endpoint(
    "POST",
    "/1/accounts/verify",
    access=PUBLIC,
    summary="Verify an email address",
    answer=answers.EMAIL_VERIFIED,
    body=schemas.VERIFY_ACCOUNT,
    limit=300,
)
def verify_account(call: Call) -> Any:
    """Verify a current or new email address with the emailed token."""
    user_id = email_addresses.verify(call.body["token"])
    return {"data": {"id": user_id, "email_verified": True}}


@api.endpoint(
    "POST",
    "/1/accounts/email_changes/undo",
    access=PUBLIC,
    summary="Undo an email change",
    answer=done(email_restored=True),
    body=schemas.VERIFY_ACCOUNT,
    limit=30,
)
def undo_email_change(call: Call) -> Any:
    """Restore the former email address with the token sent to it.

    Every session ends.
    """
    email_undo.undo(call.body["token"])
    return {"data": {"email_restored": True}}


@api.endpoint(
    "POST",
    "/1/accounts/password_resets",
    access=PUBLIC,
    summary="Request a password reset",
    answer=done(requested=True),
    status=202,
    body=schemas.REQUEST_RESET,
    limit=30,
)
def request_password_reset(call: Call) -> Any:
    """Request an email with a token for a new password.

    The answer is the same whether or not the address is known.
    """
    password_changes.request_reset(call.body["email"])
    return {"data": {"requested": True}}


@api.endpoint(
    "POST",
    "/1/accounts/password_resets/confirm",
    access=PUBLIC,
    summary="Reset a password",
    answer=done(password_changed=True),
    body=schemas.CONFIRM_RESET,
    limit=100,
)
def confirm_password_reset(call: Call) -> Any:
    """Set a new password with the emailed token.

    Every session ends, and none begins.
    """
    password_changes.confirm_reset(call.body["token"], call.body["new_password"])
    return {"data": {"password_changed": True}}


@api.endpoint(
    "PATCH",
    "/1/accounts/me",
    access=user_access("account.write"),
    summary="Update your profile",
    answer=answers.PROFILE,
    body=schemas.UPDATE_PROFILE,
    limit=300,
)
def update_account(call: Call) -> Any:
    """Update your profile; members that are left out stay as they are."""
    user = accounts.update_profile(call.user_id, call.body)
    return {"data": user_object.present(as_dict(user), _ALL_FIELDS, own=True)}


@api.endpoint(
    "PUT",
    "/1/accounts/me/pinned_tweet",
    access=user_access("account.write"),
    summary="Pin a tweet to your profile",
    answer=answers.PINNED_TWEET,
    body=schemas.PIN_TWEET,
    limit=100,
)
def pin_tweet(call: Call) -> Any:
    """Pin one of your tweets to your profile, in place of another."""
    return {"data": {"pinned_tweet_id": pins.pin(call.user_id, call.body["tweet_id"])}}


@api.endpoint(
    "DELETE",
    "/1/accounts/me/pinned_tweet",
    access=user_access("account.write"),
    summary="Unpin your pinned tweet",
    answer=done(pinned=False),
    limit=100,
)
def unpin_tweet(call: Call) -> Any:
    """Unpin your pinned tweet; without one nothing changes."""
    pins.unpin(call.user_id)
    return {"data": {"pinned": False}}
