"""OAuth 1.0a login for apps, at X's addresses."""

from typing import Any

from chalicelib.users.core import schemas
from chalicelib.users.routes import answers_oauth as answers

from shared.auth.scopes import PUBLIC
from shared.base.errors import unauthorized
from shared.base.validation import Schema
from shared.http.api import FORM_TYPE, Api, Call, Reply

api = Api(__name__, "OAuth 1.0a")

_TEXT: Schema = {"type": "string", "maxLength": 2048}
_FORM = {"content-type": f"{FORM_TYPE}; charset=utf-8", "cache-control": "no-store"}
_AUTHORIZE_QUERY: dict[str, Schema] = {
    "oauth_token": {**_TEXT, "description": "The request token."},
    "force_login": {"type": "string", "description": "`true` asks for the password again."},
    "screen_name": {"type": "string", "maxLength": 100, "description": "Name to log in with."},
}


@api.endpoint(
    "POST",
    "/oauth/request_token",
    access=PUBLIC,
    summary="Create a request token",
    answer=answers.REQUEST_TOKEN,
    query={
        "oauth_callback": {
            **_TEXT,
            "description": "A registered redirect URI of the app, or `oob` for a PIN. It may be "
            "in the Authorization header instead.",
        },
        "x_auth_access_type": {
            "type": "string",
            "description": "`read` for access without writing.",
        },
    },
    legacy=True,
)
def create_request_token(call: Call) -> Any:
    """Start the login of a user with an app.

    The app signs the request with its consumer key and secret alone.
    """
    from chalicelib.users.oauth.three_legged import request_token

    return Reply(request_token(_header(call), _signing(call)(), call.query), 200, _FORM)


@api.endpoint(
    "POST",
    "/oauth/access_token",
    access=PUBLIC,
    summary="Exchange a request token for an access token",
    answer=answers.ACCESS_TOKEN,
    query={
        "oauth_token": _TEXT,
        "oauth_verifier": {**_TEXT, "description": "The verifier, or the PIN."},
    },
    legacy=True,
)
def create_access_token(call: Call) -> Any:
    """Exchange a request token and its verifier for a user's access token.

    The app signs the request with the secrets of its consumer key and of the request token.
    """
    from chalicelib.users.oauth.three_legged import access_token

    return Reply(access_token(_header(call), _signing(call)(), call.query), 200, _FORM)


@api.endpoint(
    "GET",
    "/oauth/authorize",
    access=PUBLIC,
    summary="Authorize an app with OAuth 1.0a",
    answer=answers.OAUTH1_PAGE,
    query=_AUTHORIZE_QUERY,
    legacy=True,
)
def show_oauth1_authorization(call: Call) -> Any:
    """Show the login page or the consent page."""
    from chalicelib.users.login import oauth1_authorization

    return oauth1_authorization.show(call)


@api.endpoint(
    "GET",
    "/oauth/authenticate",
    access=PUBLIC,
    summary="Log in to an app with OAuth 1.0a",
    answer=answers.OAUTH1_PAGE,
    query=_AUTHORIZE_QUERY,
    legacy=True,
)
def show_oauth1_authentication(call: Call) -> Any:
    """Show the login page or the consent page, as `/oauth/authorize`."""
    return show_oauth1_authorization(call)


@api.endpoint(
    "POST",
    "/oauth/login",
    access=PUBLIC,
    summary="Submit the login form of OAuth 1.0a",
    answer=answers.LOGIN,
    body=schemas.FORM,
    form=True,
    limit=100,
)
def log_in_oauth1(call: Call) -> Any:
    """Log in on the login page, and go on to the consent page."""
    from chalicelib.users.login import oauth1_authorization

    return oauth1_authorization.log_in(call)


@api.endpoint(
    "POST",
    "/oauth/authorize",
    access=PUBLIC,
    summary="Submit the consent form of OAuth 1.0a",
    answer=answers.AUTHORIZATION,
    body=schemas.FORM,
    form=True,
)
def decide_oauth1_authorization(call: Call) -> Any:
    """Redirect to the app with a verifier or a refusal, or show the PIN."""
    from chalicelib.users.login import oauth1_authorization

    return oauth1_authorization.decide(call)


def _header(call: Call) -> str:
    return call.headers.get("authorization") or "OAuth"


def _signing(call: Call) -> Any:
    if call.signing is None:
        raise unauthorized()
    return call.signing
