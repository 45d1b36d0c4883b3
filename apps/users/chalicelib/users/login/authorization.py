"""Authorization endpoint: login, consent, and then a code.

The browser's login is a session of its own (client ``rookery-authorize``, no
API scope) in an HttpOnly cookie: it opens these pages and nothing else. The login form
is bound to the browser by a cookie too, or another site could log somebody in to an
account of its own and then receive what they write there (login CSRF).
"""

import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from chalicelib.users.login import browser, pages, sessions
from chalicelib.users.login.browser import Cookie
from chalicelib.users.oauth import tokens
from chalicelib.users.oauth.clients import AUTHORIZE_CLIENT_ID
from chalicelib.users.oauth.server import oauth_request, server

from shared.base.config import settings
from shared.base.errors import Problem
from shared.http.api import Call, Reply

PATH = "/i/oauth2/authorize"
COOKIE = Cookie("rookery_authorize", "/i/oauth2")
FORM_COOKIE = Cookie("rookery_form", "/i/oauth2")
_FORM_SECONDS = 24 * 3600
_STALE = "The form is out of date; please log in again."
_WANTS_CODE = "Please enter your password and a code from your authenticator app."
# Members of an authorization request; others are dropped, so that no page echoes them.
PARAMETERS = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
]


def authorization_parameters(values: dict[str, Any]) -> dict[str, str]:
    """Keep only the members that belong to an authorization request."""
    parameters = {name: str(values[name]) for name in PARAMETERS if values.get(name)}
    # twitter-api-v2 (npm) writes "s256", and X takes it.
    if parameters.get("code_challenge_method") == "s256":
        parameters["code_challenge_method"] = "S256"
    return parameters


def show(call: Call) -> Reply:
    """Answer GET: the consent page, or the login page without a login."""
    parameters = authorization_parameters(call.query)
    try:
        grant = _consent_grant(parameters)
    except OAuth2Error as error:
        return _refusal(error)
    login = browser.find_login(call, COOKIE)
    if login is None:
        return _login_page(call, parameters)
    scopes = (grant.request.scope or "").split()
    page = pages.consent_page(
        grant.client.name, login.user.username, scopes, parameters, _csrf(call, parameters)
    )
    return _page(page, parameters)


def log_in(call: Call) -> Reply:
    """Answer the login form: set the cookie and redirect to the consent page."""
    parameters = authorization_parameters(call.body)
    fields, typed = call.body, call.body.get("login", "")
    try:
        _consent_grant(parameters)
    except OAuth2Error as error:
        return _refusal(error)
    if not _sent_by_form(call):
        return _login_page(call, parameters, 403, _STALE, login=typed)
    try:
        login = sessions.check_credentials(
            typed, fields.get("password", ""), call.source_ip, fields.get("totp")
        )
    except Problem as problem:
        wants_code = "totp_required" in problem.extra
        detail = _WANTS_CODE if wants_code and not fields.get("totp") else problem.detail
        return _login_page(
            call, parameters, problem.status, detail, login=typed, wants_code=wants_code
        )
    agent = call.headers.get("user-agent", "")
    opened = tokens.open_session(
        login.user, AUTHORIZE_CLIENT_ID, "", refreshable=False, at=login.at, user_agent=agent
    )
    cookie = COOKIE.header(opened.access_token, tokens.ACCESS_TOKEN_SECONDS)
    return _redirect(f"{PATH}?{urlencode(parameters)}", {"set-cookie": cookie})


def decide(call: Call) -> Reply:
    """Answer the consent form: redirect with a code or a refusal.

    Raises:
        Problem: 403 for a form that was made for another browser or request.
    """
    parameters = authorization_parameters(call.body)
    try:
        grant = _consent_grant(parameters)
    except OAuth2Error as error:
        return _refusal(error)
    login = browser.find_login(call, COOKIE, writes=True)
    if login is None:
        return _login_page(call, parameters)
    given = call.body.get("csrf", "")
    if not hmac.compare_digest(given.encode(), _csrf(call, parameters).encode()):
        raise Problem(403, "about:blank", "Forbidden", "The form is out of date; start again.")
    try:
        grant.request.user, grant.login_at = login.user, login.at
        granted = login.user if call.body.get("decision") == "allow" else None
        response = server().create_authorization_response(
            oauth_request("POST", PATH, parameters, call.headers), grant_user=granted, grant=grant
        )
    except OAuth2Error as error:
        return _refusal(error)
    location = dict(response[2])["Location"]
    separator = "&" if "?" in location else "?"
    issuer = urlencode({"iss": settings().public_url})
    return _redirect(f"{location}{separator}{issuer}", {})


def _consent_grant(parameters: dict[str, str]) -> Any:
    return server().get_consent_grant(oauth_request("GET", PATH, parameters, {}))


def _refusal(error: OAuth2Error) -> Reply:
    # An error goes to the client only when its address has been validated (RFC 6749 4.1.2.1).
    redirect_uri = getattr(error, "redirect_uri", None)
    if redirect_uri:
        status, _, response_headers = error()
        location = dict(response_headers).get("Location")
        if status in (302, 303) and location:
            return _redirect(location, {})
    page = pages.error_page(error.description or error.error)
    return Reply(page, 400, pages.headers())


def _csrf(call: Call, parameters: dict[str, str]) -> str:
    """Token bound to the browser's login and to the request shown."""
    shown = urlencode(sorted(parameters.items()))
    key = COOKIE.read(call).encode()
    return hmac.new(key, shown.encode(), hashlib.sha256).hexdigest()


def _login_page(
    call: Call, parameters: dict[str, str], status: int = 200, error: str = "", **shown: Any
) -> Reply:
    """Return the login page, and bind its form to the browser by a cookie."""
    known = FORM_COOKIE.read(call)
    key = known or secrets.token_urlsafe(32)
    shown["csrf"] = _form_token(key)
    cookie = "" if known else FORM_COOKIE.header(key, _FORM_SECONDS)
    return _page(pages.login_page(parameters, error, **shown), parameters, status, cookie)


def _sent_by_form(call: Call) -> bool:
    """True if the login form was shown to this browser."""
    key = FORM_COOKIE.read(call)
    expected = _form_token(key) if key else ""
    given = call.body.get("csrf", "")
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def _form_token(key: str) -> str:
    return hmac.new(key.encode(), b"login form", hashlib.sha256).hexdigest()


def _page(body: str, parameters: dict[str, str], status: int = 200, cookie: str = "") -> Reply:
    """Return a page; its form may lead to the client (address validated)."""
    parts = urlsplit(parameters.get("redirect_uri", ""))
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
    headers = pages.headers(origin if parts.scheme else "")
    return Reply(body, status, {**headers, "set-cookie": cookie} if cookie else headers)


def _redirect(location: str, headers: dict[str, str]) -> Reply:
    return Reply("", 302, {**pages.HEADERS, **headers, "location": location})
