"""Registration, edits of the own profile, and look-up of accounts."""

import secrets

from chalicelib.users.accounts.password_rules import require_good
from chalicelib.users.accounts.passwords import hash_password
from chalicelib.users.accounts.usernames import refuse_reserved
from chalicelib.users.core.account_items import (
    account_key,
    claim_action,
    email_key,
    username_key,
)
from chalicelib.users.core.models import ACCOUNTS, USERS, Account, User
from chalicelib.users.core.updates import versioned

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.models import as_dict
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.errors import Problem, conflict, forbidden, invalid_request, not_found
from shared.base.ids import new_id
from shared.contracts import profiles

# Id of no user, for looking up unknown logins.
NOBODY = "0"


def register(
    username: str, name: str, email: str, password: str, *, age_confirmed: bool | None = None
) -> User:
    """Create an account: one transaction claims the username and the address.

    The verification mail follows from the table's stream. The errors tell no more
    about taken *addresses* than registration has to.

    Args:
        age_confirmed: the user said to be old enough to agree to the terms. Only this answer
            is stored, no date of birth. `Settings.require_age_confirmation` makes it required.

    Raises:
        Problem: 400 for an invalid address, a weak password or a missing age confirmation,
            403 for a user who is not old enough, 409 for a taken username or address.
    """
    _check_age(age_confirmed)
    refuse_reserved(username)
    address = normalize_email(email)
    require_good(password, username, address, "password")
    now = now_ms()
    user_id = new_id()
    names: Item = {"username": username, "name": name.strip(), "updated_at": now}
    user = User(user_id, roles={"user"}, created_at=now, **names)
    account = Account(
        account_key(user_id),
        user_id=user_id,
        email=address,
        email_verified=False,
        age_confirmed=age_confirmed,
        verification_id=f"{user_id}-{now}-{secrets.token_hex(8)}",
        password_hash=hash_password(password),
        **names,
    )
    actions = [
        claim_action(username_key(username), user_id),
        claim_action(email_key(address), user_id),
        ACCOUNTS.put_action(as_dict(account)),
        USERS.put_action(as_dict(user)),
    ]
    try:
        dynamo.transact(actions)
    except dynamo.TransactionCanceled as canceled:
        if canceled.failed(0):
            raise conflict("This username is taken.") from canceled
        if canceled.failed(1):
            raise conflict("This email address is in use.") from canceled
        # Two registrations of one name met inside DynamoDB: the other one wins.
        raise conflict("This username or address is being registered right now.") from canceled
    return user


def update_profile(user_id: str, changes: dict[str, str | bool]) -> User:
    """Apply a user's own edits to the profile (one update).

    Empty strings remove a member.

    Raises:
        Problem: 404 for an unknown user.
    """
    stripped = {k: v.strip() if isinstance(v, str) else v for k, v in changes.items()}
    attributes = {name: None if value == "" else value for name, value in stripped.items()}
    expression, values = versioned(attributes, at=now_ms())
    there = "attribute_exists(#id)"
    outcome = USERS.update({"id": user_id}, expression, values, there, returning="ALL_NEW")
    if not outcome or outcome.item is None:
        raise not_found("user", user_id)
    profiles.forget(user_id)
    return User(**outcome.item)


def find_by_login(login: str) -> tuple[Account, User] | None:
    """Account and profile behind a username or address.

    Two calls, also for an unknown login: the time must not tell.
    """
    login = login.strip()
    key = email_key(_login_address(login)) if "@" in login else username_key(login)
    # A reserved name or address has no user.
    user_id = (ACCOUNTS.get({"key": key}) or {}).get("user_id") or NOBODY
    keys = {ACCOUNTS.name: [{"key": account_key(user_id)}], USERS.name: [{"id": user_id}]}
    found = dynamo.batch_get(keys, consistent=True)
    if not found[ACCOUNTS.name] or not found[USERS.name]:
        return None
    return Account(**found[ACCOUNTS.name][0]), User(**found[USERS.name][0])


def _login_address(login: str) -> str:
    """Canonical form of an address to log in with, which may be no address."""
    address = login.lower()
    if address.isascii() and "@xn--" not in address and ".xn--" not in address:
        return address
    try:
        return normalize_email(address)
    except Problem:
        return address


def get_user(user_id: str) -> User:
    """Profile of a user.

    Raises:
        Problem: 404 for an unknown user.
    """
    user = USERS.load(user_id)
    if user is None:
        raise not_found("user", user_id)
    return user


def get_account(user_id: str) -> Account | None:
    """Private half of a user, read consistently."""
    return ACCOUNTS.load(account_key(user_id), consistent=True)


def normalize_email(email: str) -> str:
    """Canonical form of an address, which has to be unique.

    Raises:
        Problem: 400 for an invalid address (syntax only: no DNS query).
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        # SES takes no characters beyond ASCII before the @.
        checked = validate_email(
            email, check_deliverability=False, test_environment=True, allow_smtputf8=False
        )
    except EmailNotValidError as error:
        raise invalid_request(f"email: {error}", email=email[:100]) from error
    return checked.normalized.lower()


def _check_age(confirmed: bool | None) -> None:
    if confirmed is False:
        raise forbidden("You are not old enough for an account.")
    if confirmed is None and settings().require_age_confirmation:
        raise invalid_request("age_confirmed: required", age_confirmed="")
