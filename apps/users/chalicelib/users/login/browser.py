"""The browser of an authorization page: its login, and its cookies.

Behind https the cookies have the prefix ``__Host-`` (RFC 6265bis 4.1.3.2): no sibling
subdomain and no page without TLS can plant them, so nobody is logged in to an account of
somebody else's choice. Plain http, which only the local stack speaks, has no such cookies.
"""

from dataclasses import dataclass

from chalicelib.users.core.models import USERS, User
from chalicelib.users.oauth.clients import AUTHORIZE_CLIENT_ID

from shared.auth import authentication
from shared.base.config import settings
from shared.base.errors import Problem
from shared.http.api import Call


@dataclass(frozen=True)
class Cookie:
    """HttpOnly cookie of an authorization page.

    Attributes:
        path: where the local stack's browsers send it; with the prefix it must be ``/``.
    """

    bare_name: str
    path: str

    @property
    def name(self) -> str:
        """Name of the cookie in this installation."""
        return f"__Host-{self.bare_name}" if _is_secure() else self.bare_name

    def read(self, call: Call) -> str:
        """Return the cookie's value; empty without it."""
        return call.cookies.get(self.name, "")

    def header(self, value: str, seconds: int) -> str:
        """Return the ``Set-Cookie`` header of a value."""
        rules = "Path=/; Secure" if _is_secure() else f"Path={self.path}"
        return f"{self.name}={value}; {rules}; HttpOnly; SameSite=Lax; Max-Age={seconds}"


@dataclass(frozen=True)
class BrowserLogin:
    """User who is logged in on the authorization pages.

    Attributes:
        at: Unix ms of the login. What the user consents to is as old, so that whatever ends
            the login ends it too.
    """

    user: User
    at: int


def find_login(call: Call, cookie: Cookie, *, writes: bool = False) -> BrowserLogin | None:
    """Return the login of the browser, ``None`` without a valid one.

    Args:
        writes: the request changes something (see `authentication.verify_token`).
    """
    try:
        principal = authentication.verify_token(cookie.read(call), writes=writes)
    except Problem:
        return None
    if principal.client_id != AUTHORIZE_CLIENT_ID or principal.user_id is None:
        return None
    user = USERS.load(principal.user_id)
    if user is None or user.status != "active":
        return None
    return BrowserLogin(user, principal.issued_ms)


def _is_secure() -> bool:
    return not settings().public_url.startswith("http://")
