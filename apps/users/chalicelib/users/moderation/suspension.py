"""Whether an account is suspended, whatever its status says.

``suspended`` is a status, but leaving is one too: somebody who is suspended after
leaving stays ``deactivated``, and is ``suspended`` from the login that would bring
the account back.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.users.core.models import Revocation
from chalicelib.users.oauth import tokens

from shared.aws import dynamo
from shared.contracts.revocations import HIDDEN_LAST_MS, LASTING

# Conditions for `actions`, on a profile.
SUSPENDED = "(attribute_exists(#suspended_at) AND attribute_not_exists(#restored_at))"
NOT_SUSPENDED = "(attribute_not_exists(#suspended_at) OR attribute_exists(#restored_at))"


def is_suspended(profile: Mapping[str, Any]) -> bool:
    """Whether a suspension holds that nobody has lifted."""
    return profile.get("suspended_at") is not None and profile.get("restored_at") is None


def notes(word: str, user_id: str, at: int, *, for_good: bool = False) -> list[dict[str, Any]]:
    """Actions that tell every process: soon (the list read all the time), and later (new ones).

    Args:
        word: what became of the account, as `shared.auth.revocations` has it.
        for_good: the later one never expires.
    """
    table, note = Revocation.Meta.table_name, tokens.revocation(f"{word}:{user_id}", at)
    lasting = {**note, "list": LASTING, "expires_at": (at + HIDDEN_LAST_MS) // 1000}
    if for_good:
        del lasting["expires_at"]
    return [dynamo.put(table, note), dynamo.put(table, lasting)]
