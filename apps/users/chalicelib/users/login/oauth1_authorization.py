"""OAuth 1.0a authorization page: login, consent, a verifier or a PIN.

As on the page of OAuth 2.0 (`authorization`), the browser's login is a session without API
scopes in an HttpOnly cookie, here of the paths below ``/oauth``.
"""

import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib.users.login import browser, pages, sessions
from chalicelib.users.login.browser import Cookie
from chalicelib.users.oauth import request_tokens, tokens
from chalicelib.users.oauth.clients import AUTHORIZE_CLIENT_ID, find_client
from chalicelib.users.oauth.request_tokens import OUT_OF_BAND, RequestToken

from shared.base.errors import Problem
from shared.http.api import Call, Reply

LOGIN_PATH, PATH = "/oauth/login", "/oauth/authorize"
COOKIE = Cookie("rookery_oauth1", "/oauth")
# Binds the login form to the browser, against logins that another page forges.
FORM_COOKIE = Cookie("rookery_oauth1_form", "/oauth")
_FORM_SECONDS = 3600
_GONE = "The request token is not valid. Please go back to the app and try again."
_STALE = "The form is out of date; please log in again."
_WANTS_CODE = "Please enter your password and a code from your authenticator app."
_TRUE = ("true", "t", "1")


def show(call: Call) -> Reply:
    """Answer GET: the consent page, or the login page without a login."""
    found = _pending(call.query.get("oauth_token", ""))
    if found is None:
        return _error(_GONE)
    name = call.query.get("screen_name", "").lstrip("@")
    login = browser.find_login(call, COOKIE)
    if login is None or call.query.get("force_login", "").lower() in _TRUE:
        return _login_page(call, found, login=name)
    scopes = tokens.permitted_scope(login.user.id, found.scope).split()
    csrf, fields = _consent_token(call, found), {"oauth_token": found.token}
    page = pages.consent_page(_app_name(found), login.user.username, scopes, fields, csrf, PATH)
    return _page(found, page)


def log_in(call: Call) -> Reply:
    """Answer the login form: set the cookie and redirect to the consent page."""
    fields, typed = call.body, call.body.get("login", "")
    found = _pending(fields.get("oauth_token", ""))
    if found is None:
        return _error(_GONE)
    if not _sent_by_form(call):
        return _login_page(call, found, 403, _STALE, login=typed)
    try:
        login = sessions.check_credentials(
            typed, fields.get("password", ""), call.source_ip, fields.get("totp")
        )
    except Problem as problem:
        wants_code = "totp_required" in problem.extra
        detail = _WANTS_CODE if wants_code and not fields.get("totp") else problem.detail
        return _login_page(call, found, problem.status, detail, login=typed, wants_code=wants_code)
    agent = call.headers.get("user-agent", "")
    opened = tokens.open_session(
        login.user, AUTHORIZE_CLIENT_ID, "", refreshable=False, at=login.at, user_agent=agent
    )
    cookie = COOKIE.header(opened.access_token, tokens.ACCESS_TOKEN_SECONDS)
    query = urlencode({"oauth_token": found.token})
    return _redirect(f"{PATH}?{query}", {"set-cookie": cookie})


def decide(call: Call) -> Reply:
    """Answer the consent form: redirect to the app, or show the PIN.

    Raises:
        Problem: 403 for a form that was made for another browser or request.
    """
    found = _pending(call.body.get("oauth_token", ""))
    if found is None:
        return _error(_GONE)
    login = browser.find_login(call, COOKIE, writes=True)
    if login is None:
        return _login_page(call, found)
    given = call.body.get("csrf", "")
    if not hmac.compare_digest(given.encode(), _consent_token(call, found).encode()):
        raise Problem(403, "about:blank", "Forbidden", "The form is out of date; start again.")
    if call.body.get("decision") != "allow":
        request_tokens.deny(found)
        if found.callback == OUT_OF_BAND:
            return _page(found, pages.denied_page(_app_name(found)))
        return _return(found, {"denied": found.token})
    scope = tokens.permitted_scope(login.user.id, found.scope)
    verifier = request_tokens.consent(found, login.user.id, scope, login.at)
    if verifier is None:
        return _error(_GONE)
    if found.callback == OUT_OF_BAND:
        return _page(found, pages.pin_page(_app_name(found), verifier))
    return _return(found, {"oauth_token": found.token, "oauth_verifier": verifier})


def _pending(token: str) -> RequestToken | None:
    """Request token that waits for a decision; its app still exists."""
    found = request_tokens.find(token) if token else None
    if found is None or found.user_id is not None or find_client(found.client_id) is None:
        return None
    return found


def _app_name(found: RequestToken) -> str:
    client = find_client(found.client_id)
    return client.name if client else ""


def _return(found: RequestToken, query: dict[str, str]) -> Reply:
    separator = "&" if urlsplit(found.callback).query else "?"
    return _redirect(f"{found.callback}{separator}{urlencode(query)}", {})


def _consent_token(call: Call, found: RequestToken) -> str:
    """Token bound to the browser's login and to the request shown."""
    return _keyed(COOKIE.read(call), f"consent {found.token}")


def _sent_by_form(call: Call) -> bool:
    """True if the login form was shown to this browser."""
    key, given = FORM_COOKIE.read(call), call.body.get("csrf", "")
    return bool(key) and hmac.compare_digest(given.encode(), _keyed(key, "login form").encode())


def _keyed(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _login_page(
    call: Call, found: RequestToken, status: int = 200, error: str = "", **shown: Any
) -> Reply:
    known = FORM_COOKIE.read(call)
    key = known or secrets.token_urlsafe(32)
    fields, csrf = {"oauth_token": found.token}, _keyed(key, "login form")
    page = pages.login_page(fields, error, csrf=csrf, action=LOGIN_PATH, **shown)
    reply = _page(found, page, status)
    cookie = {} if known else {"set-cookie": FORM_COOKIE.header(key, _FORM_SECONDS)}
    return Reply(reply.body, status, {**reply.headers, **cookie})


def _page(found: RequestToken, body: str, status: int = 200) -> Reply:
    """Page whose form may lead to the app's callback, which was validated."""
    parts = urlsplit(found.callback)
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
    return Reply(body, status, pages.headers(origin if parts.scheme else ""))


def _error(detail: str) -> Reply:
    return Reply(pages.error_page(detail), 400, pages.headers())


def _redirect(location: str, headers: dict[str, str]) -> Reply:
    return Reply("", 302, {**pages.HEADERS, **headers, "location": location})
