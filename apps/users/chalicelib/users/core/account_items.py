"""Items of the accounts table: accounts, claims to names and addresses.

A claim makes a username or address unique: it holds ``user_id`` and leads from a
login to its user. A released claim may stay reserved for its former user for a
while: it then holds ``reserved_for`` and ``reserved_until`` instead, leads
nowhere, and is deleted by the table's TTL some time later.
"""

from chalicelib.users.core.models import ACCOUNTS

from shared.aws.dynamo import Item
from shared.aws.table import Action
from shared.base.clock import now_ms

# Free, reserved until a moment in the past, or reserved for the claiming user.
_CLAIMABLE = "attribute_not_exists(#key) OR #reserved_until < :now OR #reserved_for = :user"
_ACCOUNT = "account#"
# TTL deletes a reservation this long after its end.
_EXPIRY_MARGIN_SECONDS = 24 * 3600


def account_key(user_id: str) -> str:
    """Key of a user's account."""
    return f"{_ACCOUNT}{user_id}"


def user_id_of(key: str) -> str:
    """User id in the key of an account."""
    return key.removeprefix(_ACCOUNT)


def username_key(username: str) -> str:
    """Key of the claim to a username, which is unique regardless of case."""
    return f"username#{username.lower()}"


def email_key(address: str) -> str:
    """Key of the claim to an address in its canonical form."""
    return f"email#{address}"


def claim_action(key: str, user_id: str) -> Action:
    """Action that claims a name or address; fails while another has it."""
    item = {"key": key, "user_id": user_id}
    return ACCOUNTS.put_action(item, _CLAIMABLE, {"now": now_ms(), "user": user_id})


def release_action(key: str, user_id: str, keep_ms: int = 0) -> Action:
    """Action that releases a user's claim; fails if it is another user's.

    Args:
        keep_ms: time for which it stays reserved for the user; 0 deletes it.
    """
    own, values = "#user_id = :user", {"user": user_id}
    if not keep_ms:
        return ACCOUNTS.delete_action({"key": key}, own, values)
    until = now_ms() + keep_ms
    reservation: Item = {
        "key": key,
        "reserved_for": user_id,
        "reserved_until": until,
        "expires_at": until // 1000 + _EXPIRY_MARGIN_SECONDS,
    }
    return ACCOUNTS.put_action(reservation, own, values)


def delete_claim_action(key: str, user_id: str) -> Action:
    """Action that deletes a user's claim, if it is still there."""
    condition = "attribute_not_exists(#key) OR #user_id = :user"
    return ACCOUNTS.delete_action({"key": key}, condition, {"user": user_id})


def delete_reservation_action(key: str, user_id: str) -> Action:
    """Action that deletes a user's reservation, if it is still there."""
    condition = "attribute_not_exists(#key) OR #reserved_for = :user"
    return ACCOUNTS.delete_action({"key": key}, condition, {"user": user_id})
