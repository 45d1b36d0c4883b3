"""Registration, the profile's own edits, and finding accounts."""

import secrets

from chalicelib.users.accounts.password_rules import require_good
from chalicelib.users.accounts.passwords import hash_password
from chalicelib.users.accounts.usernames import refuse_reserved, username_key
from chalicelib.users.core import claims
from chalicelib.users.core.models import Account, User
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.config import settings
from shared.base.errors import Problem, conflict, forbidden, invalid_request, not_found
from shared.base.ids import new_id
from shared.contracts import profiles

# The id of nobody, for looking up what is not there.
_NOBODY = "0"


def register(
    username: str, name: str, email: str, password: str, *, age_confirmed: bool | None = None
) -> User:
    """Create an account: one transaction claims the name and the address.

    The verification mail follows from the table's stream. Nothing tells
    whether the *address* was taken beyond what registration cannot hide.

    Args:
        age_confirmed: the user said to be old enough to agree to the terms; only the word is
            kept, no date of birth. `Settings.require_age_confirmation` asks for it.

    Raises:
        Problem: 400 for an address or password that cannot be, or without that word where it
            is asked for, 403 for somebody who is not old enough, 409 for a name or address
            that is taken.
    """
    _check_age(age_confirmed)
    refuse_reserved(username)
    address = normalize_email(email)
    require_good(password, username, address, "password")
    now = now_ms()
    user_id = new_id()
    user = User(
        user_id, username=username, name=name.strip(), roles={"user"}, created_at=now,
        updated_at=now,
    )  # fmt: skip
    account = Account(
        account_key(user_id),
        user_id=user_id,
        username=username,
        name=name.strip(),
        email=address,
        email_verified=False,
        age_confirmed=age_confirmed,
        verification_id=f"{user_id}-{now}-{secrets.token_hex(8)}",
        password_hash=hash_password(password),
        updated_at=now,
    )
    accounts = Account.Meta.table_name
    actions = [
        claims.claim(username_key(username), user_id),
        claims.claim(email_key(address), user_id),
        {"Put": {"TableName": accounts, "Item": account.serialize()}},
        {"Put": {"TableName": User.Meta.table_name, "Item": user.serialize()}},
    ]
    try:
        dynamo.transact(actions)
    except dynamo.TransactionCanceled as canceled:
        if canceled.failed(0):
            raise conflict("This username is taken.") from canceled
        if canceled.failed(1):
            raise conflict("This e-mail address is in use.") from canceled
        # Two registrations of one name met inside DynamoDB: the other one wins.
        raise conflict("This username or address is being registered right now.") from canceled
    return user


def update_profile(user_id: str, changes: dict[str, str | bool]) -> User:
    """Apply a user's own edits to the profile (one update); empty strings remove a member.

    Raises:
        Problem: 404 when the user does not exist.
    """
    actions: list[Action] = [User.updated_at.set(now_ms()), User.version.add(1)]
    for name, value in changes.items():
        attribute = getattr(User, name)
        text = value.strip() if isinstance(value, str) else value
        actions.append(attribute.remove() if text == "" else attribute.set(text))
    user = User(user_id)
    try:
        user.update(actions, condition=User.id.exists())
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise not_found("user", user_id) from error
    profiles.forget(user_id)
    return user


def find_by_login(login: str) -> tuple[Account, User] | None:
    """The account and profile behind a username or address.

    Two calls, whether there is one or not: the time must not tell.
    """
    key = email_key(login.strip().lower()) if "@" in login else username_key(login.strip())
    try:
        # A name that was given up has no user.
        user_id = Account.get(key).user_id or _NOBODY
    except Account.DoesNotExist:
        user_id = _NOBODY
    tables = (Account.Meta.table_name, User.Meta.table_name)
    keys = {tables[0]: [{"key": account_key(user_id)}], tables[1]: [{"id": user_id}]}
    found = dynamo.batch_get(keys, consistent=True)
    if not found[tables[0]] or not found[tables[1]]:
        return None
    return Account(**found[tables[0]][0]), User(**found[tables[1]][0])


def get_user(user_id: str) -> User:
    """The profile of a user who is known to exist.

    Raises:
        Problem: 404 when the user does not exist after all.
    """
    try:
        user: User = User.get(user_id)
        return user
    except User.DoesNotExist as error:
        raise not_found("user", user_id) from error


def get_account(user_id: str) -> Account | None:
    """The private half of a user."""
    try:
        return Account.get(account_key(user_id), consistent_read=True)
    except Account.DoesNotExist:
        return None


def normalize_email(email: str) -> str:
    """The canonical form that uniqueness is decided by.

    Raises:
        Problem: 400 when it is no address (syntax only: no DNS query).
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        checked = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise _email_problem(email, str(error)) from error
    return checked.normalized.lower()


def account_key(user_id: str) -> str:
    """Key of the private half of a user."""
    return f"account#{user_id}"


def email_key(address: str) -> str:
    """Key of the claim to an address."""
    return f"email#{address}"


def _check_age(confirmed: bool | None) -> None:
    if confirmed is False:
        raise forbidden("You are not old enough for an account.")
    if confirmed is None and settings().require_age_confirmation:
        raise invalid_request("age_confirmed: required", age_confirmed="")


def _email_problem(email: str, reason: str) -> Problem:
    return invalid_request(f"email: {reason}", email=email[:100])
