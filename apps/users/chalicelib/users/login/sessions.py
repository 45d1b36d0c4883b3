"""First-party sessions: login with password and second factor."""

from dataclasses import dataclass

from chalicelib.users.accounts.accounts import find_by_login
from chalicelib.users.accounts.passwords import check_password
from chalicelib.users.core.models import Account, User
from chalicelib.users.leaving import departures
from chalicelib.users.login import throttle, totp
from chalicelib.users.oauth import tokens

from shared.auth.authentication import WEB_CLIENT_ID
from shared.base.clock import now_ms
from shared.base.errors import Problem, forbidden, unauthorized


@dataclass(frozen=True)
class Login:
    """Authenticated user.

    Attributes:
        at: moment before the password was read, in Unix ms.
    """

    user: User
    account: Account
    at: int


def check_credentials(login: str, password: str, source_ip: str, code: str | None = None) -> Login:
    """Authenticate a user by login, password and second factor.

    An account that was deactivated less than thirty days ago becomes active again.

    Raises:
        Problem: 401 for a wrong login or password (neither the text nor the time
            tells which) and for a missing or wrong code, 403 for a suspended
            account, 429 for too many attempts.
    """
    attempts = throttle.Attempts(login, source_ip)
    at = now_ms()
    found = find_by_login(login)
    if not check_password(found[0].password_hash if found else None, password):
        raise _wrong()
    if found is None or not departures.may_return(*found):
        raise _wrong()
    account, user = found
    if user.status == "suspended":
        raise _suspended()
    totp.require(account, code, attempts)
    if user.status == "deactivated":
        user = departures.restore(account, user)
        if user.status == "suspended":
            raise _suspended()
    attempts.note_success()
    return Login(user, account, at)


def create_session(
    login: str, password: str, source_ip: str, code: str | None = None, user_agent: str = ""
) -> tokens.Tokens:
    """Log in: open a session with all of the user's scopes.

    Raises:
        Problem: see `check_credentials`.
    """
    checked = check_credentials(login, password, source_ip, code)
    scope = tokens.user_scopes(checked.account)
    return tokens.open_session(
        checked.user,
        WEB_CLIENT_ID,
        scope,
        refreshable=True,
        at=checked.at,
        user_agent=user_agent,
    )


def _suspended() -> Problem:
    return forbidden("This account is suspended.")


def _wrong() -> Problem:
    return unauthorized("The login or the password is wrong.")
