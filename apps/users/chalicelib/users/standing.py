"""Whether an account is suspended, whatever its status says.

``suspended`` is a status, but leaving is one too: somebody who is suspended after
leaving stays ``deactivated``, and is ``suspended`` from the login that would bring
the account back.
"""

from collections.abc import Mapping
from typing import Any

# Conditions for `actions`, on a profile.
SUSPENDED = "(attribute_exists(#suspended_at) AND attribute_not_exists(#restored_at))"
NOT_SUSPENDED = "(attribute_not_exists(#suspended_at) OR attribute_exists(#restored_at))"


def is_suspended(profile: Mapping[str, Any]) -> bool:
    """Whether a suspension holds that nobody has lifted."""
    return profile.get("suspended_at") is not None and profile.get("restored_at") is None
