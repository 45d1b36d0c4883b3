"""Moderation of accounts, roles and the audit log (not in X's API)."""

from typing import Any

from chalicelib.users.core import schemas
from chalicelib.users.core.names import DOMAIN
from chalicelib.users.moderation import sanctions
from chalicelib.users.routes import answers

from shared.auth import audit
from shared.auth.scopes import user_access
from shared.base.components import data
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.contracts.schemas.moderation import AUDIT_PAGE, AUDIT_SUBJECT
from shared.http.api import Api, Call

api = Api(__name__, "Moderation")

_SUSPEND = user_access("moderation.write", permission="accounts.suspend")
_LIMIT = user_access("moderation.write", permission="accounts.limit")
_VERIFY = user_access("moderation.write", permission="accounts.verify")


@api.endpoint(
    "GET",
    "/1/admin/users/{id}",
    access=user_access("moderation.read", permission="reports.review"),
    summary="Get an account's status by ID",
    answer=data(answers.ACCOUNT_STATE),
)
def get_account_state(call: Call) -> Any:
    """Return the status of an account, even a hidden one."""
    return {"data": sanctions.show_account(call.path_id("id"))}


@api.endpoint(
    "GET",
    "/1/admin/users/by/username/{username}",
    access=user_access("moderation.read", permission="reports.review"),
    summary="Get an account's status by username",
    answer=data(answers.ACCOUNT_STATE),
)
def get_account_state_by_username(call: Call) -> Any:
    """Return the status of an account, even a suspended one."""
    return {"data": sanctions.find_account(call.path["username"])}


@api.endpoint(
    "POST",
    "/1/admin/users/{id}/suspend",
    access=_SUSPEND,
    summary="Suspend an account",
    answer=answers.SUSPENSION,
    body=schemas.REASON,
)
def suspend(call: Call) -> Any:
    """Suspend an account: it is hidden and its tokens are refused."""
    reason = call.body["reason"]
    return {"data": sanctions.suspend(call.user_id, call.path_id("id"), reason)}


@api.endpoint(
    "POST",
    "/1/admin/users/{id}/restore",
    access=_SUSPEND,
    summary="Restore an account",
    answer=answers.SUSPENSION,
    body=schemas.REASON,
)
def restore(call: Call) -> Any:
    """Restore a suspended account."""
    reason = call.body["reason"]
    return {"data": sanctions.restore(call.user_id, call.path_id("id"), reason)}


@api.endpoint(
    "POST",
    "/1/admin/users/{id}/limit",
    access=_LIMIT,
    summary="Limit an account",
    answer=answers.LIMITED,
    body=schemas.REASON,
)
def limit(call: Call) -> Any:
    """Limit an account to its followers.

    Others do not see its tweets in search, replies, mentions and notifications.
    """
    reason = call.body["reason"]
    return {"data": sanctions.limit(call.user_id, call.path_id("id"), True, reason)}


@api.endpoint(
    "POST",
    "/1/admin/users/{id}/unlimit",
    access=_LIMIT,
    summary="Remove an account's limits",
    answer=answers.LIMITED,
    body=schemas.REASON,
)
def unlimit(call: Call) -> Any:
    """Remove the limits of an account."""
    reason = call.body["reason"]
    return {"data": sanctions.limit(call.user_id, call.path_id("id"), False, reason)}


@api.endpoint(
    "POST",
    "/1/admin/users/{id}/verify",
    access=_VERIFY,
    summary="Mark an account as verified",
    answer=answers.VERIFIED,
    body=schemas.REASON,
)
def verify(call: Call) -> Any:
    """Mark an account as verified."""
    reason = call.body["reason"]
    return {"data": sanctions.verify(call.user_id, call.path_id("id"), True, reason)}


@api.endpoint(
    "POST",
    "/1/admin/users/{id}/unverify",
    access=_VERIFY,
    summary="Remove an account's verification",
    answer=answers.VERIFIED,
    body=schemas.REASON,
)
def unverify(call: Call) -> Any:
    """Remove the verified mark from an account."""
    reason = call.body["reason"]
    return {"data": sanctions.verify(call.user_id, call.path_id("id"), False, reason)}


@api.endpoint(
    "PUT",
    "/1/admin/users/{id}/roles",
    access=user_access("moderation.write", permission="roles.assign"),
    summary="Set an account's roles",
    answer=answers.ROLES_ASSIGNED,
    body=schemas.ASSIGN_ROLES,
)
def assign_roles(call: Call) -> Any:
    """Replace the roles of an account; `user` is always one of them."""
    user_id, body = call.path_id("id"), call.body
    return {"data": sanctions.assign_roles(call.user_id, user_id, body["roles"], body["reason"])}


@api.endpoint(
    "GET",
    "/1/admin/audit",
    access=user_access("moderation.read", permission="audit.read"),
    summary="Get the audit log of accounts",
    answer=AUDIT_PAGE,
    query={
        "subject": AUDIT_SUBJECT,
        "max_results": max_results(1, 100, 50),
        "pagination_token": PAGE_TOKEN,
    },
)
def get_audit_log(call: Call) -> Any:
    """List what moderators did to accounts, newest first.

    Acts on tweets are in the audit log of tweets.
    """
    return audit.listed(DOMAIN, call.query)
