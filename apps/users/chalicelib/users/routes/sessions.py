"""First-party sessions of the web client and of scripts."""

from typing import Any

from chalicelib.users.core import schemas
from chalicelib.users.login import sessions
from chalicelib.users.oauth import connected_apps, grants, user_sessions
from chalicelib.users.routes import answers_oauth as answers

from shared.auth.scopes import PUBLIC, user_access
from shared.base.components import array, data
from shared.contracts.schemas.responses import done
from shared.http.api import Api, Call

api = Api(__name__, "Sessions")


@api.endpoint(
    "POST",
    "/1/sessions",
    access=PUBLIC,
    summary="Log in",
    answer=data(answers.TOKENS),
    status=201,
    body=schemas.CREATE_SESSION,
    limit=300,
)
def create_session(call: Call) -> Any:
    """Log in with a password; the tokens have all of your scopes."""
    body = call.body
    opened = sessions.create_session(
        body["login"],
        body["password"],
        call.source_ip,
        body.get("totp"),
        call.headers.get("user-agent", ""),
    )
    return {"data": opened.document()}


@api.endpoint(
    "GET",
    "/1/sessions",
    access=user_access("account.read"),
    summary="Get your sessions",
    answer=data(array(answers.SESSION)),
    limit=300,
)
def list_sessions(call: Call) -> Any:
    """List your sessions, and those of apps that act for you."""
    return {"data": user_sessions.list_sessions(call.user_id, _current(call))}


@api.endpoint(
    "DELETE",
    "/1/sessions",
    access=user_access("account.write"),
    summary="Log out of all other sessions",
    answer=answers.SESSIONS_ENDED,
)
def delete_other_sessions(call: Call) -> Any:
    """End all sessions except the one that makes this request."""
    return {"data": {"revoked": user_sessions.end_others(call.user_id, _current(call))}}


@api.endpoint(
    "DELETE",
    "/1/sessions/{id}",
    access=user_access("account.write"),
    summary="End a session by ID",
    answer=done(revoked=True),
)
def delete_one_session(call: Call) -> Any:
    """End one of your sessions."""
    user_sessions.end(call.user_id, call.path["id"])
    return {"data": {"revoked": True}}


def _current(call: Call) -> str:
    return call.principal.session_id if call.principal else ""


@api.endpoint(
    "DELETE",
    "/1/sessions/current",
    access=user_access("account.write"),
    summary="Log out",
    answer=done(revoked=True),
)
def delete_session(call: Call) -> Any:
    """End the session that makes this request."""
    if call.principal is not None:
        grants.end_session(call.principal.session_id)
    return {"data": {"revoked": True}}


@api.endpoint(
    "GET",
    "/1/accounts/me/apps",
    access=user_access("account.read"),
    summary="Get connected apps",
    answer=data(array(answers.CONNECTED_APP)),
    limit=300,
)
def list_connected_apps(call: Call) -> Any:
    """List the apps that act for you, with their scopes."""
    return {"data": connected_apps.list_apps(call.user_id)}


@api.endpoint(
    "DELETE",
    "/1/accounts/me/apps/{id}",
    access=user_access("account.write"),
    summary="Disconnect an app",
    answer=answers.SESSIONS_ENDED,
)
def disconnect_app(call: Call) -> Any:
    """Disconnect an app: all of its tokens for your account end."""
    return {"data": {"revoked": connected_apps.disconnect(call.user_id, call.path["id"])}}
