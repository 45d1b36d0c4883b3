"""Claims to names and addresses: what makes them unique, and keeps them a while when given up.

A claim holds ``user_id`` and leads from a login to its user. One that was given
up holds ``reserved_for`` and ``reserved_until`` instead, leads nowhere, and is
taken away by the table's TTL some time after.
"""

from typing import Any

from chalicelib.users.core import actions
from chalicelib.users.core.models import Account

from shared.aws import dynamo
from shared.base.clock import now_ms

# It is free, or was given up long ago, or by the very user who wants it back.
_CLAIMABLE = "attribute_not_exists(#key) OR #reserved_until < :now OR #reserved_for = :user"


def claim(key: str, user_id: str) -> dict[str, Any]:
    """The write action that makes a claim a user's own; fails when somebody else has it."""
    values = {"now": now_ms(), "user": user_id}
    return actions.put(
        Account.Meta.table_name, {"key": key, "user_id": user_id}, values, _CLAIMABLE
    )


def give_up(key: str, user_id: str, keep_ms: int) -> dict[str, Any]:
    """The write action that gives an own claim up, reserved for ``keep_ms``; at once if 0."""
    table = Account.Meta.table_name
    own = {"user": user_id}
    if not keep_ms:
        return actions.delete(table, {"key": key}, own, "#user_id = :user")
    until = now_ms() + keep_ms
    reserved: dynamo.Item = {
        "key": key,
        "reserved_for": user_id,
        "reserved_until": until,
        "expires_at": until // 1000 + 24 * 3600,
    }
    return actions.put(table, reserved, own, "#user_id = :user")
