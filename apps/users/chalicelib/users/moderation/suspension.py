"""Suspension of an account, independent of its status.

``suspended`` is a status, but so is ``deactivated``: an account that is suspended
while it is deactivated keeps that status, and becomes ``suspended`` with the login
that would have restored it.
"""

from collections.abc import Mapping
from typing import Any

# Conditions on a profile.
SUSPENDED = "(attribute_exists(#suspended_at) AND attribute_not_exists(#restored_at))"
NOT_SUSPENDED = "(attribute_not_exists(#suspended_at) OR attribute_exists(#restored_at))"


def is_suspended(profile: Mapping[str, Any]) -> bool:
    """Return whether the profile has a suspension that is not lifted."""
    return profile.get("suspended_at") is not None and profile.get("restored_at") is None
