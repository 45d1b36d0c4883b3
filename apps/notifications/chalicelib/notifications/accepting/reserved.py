"""Categories that not every caller may send, and to whom.

Preferences, digests and unsubscribing depend on the platform's own categories, and the essential
ones pass every opt-out. An API key's contacts are its own affair: it may use all of them there
but ``digest``.
"""

from typing import Any

from chalicelib.notifications.accepting import segments
from chalicelib.notifications.access.callers import Caller
from chalicelib.notifications.core.content import CRAWL, OUTSIDE, SECURITY, SOCIAL, URGENT
from chalicelib.notifications.planning.categories import DIGEST

from shared.base.errors import invalid_request

_PLATFORM = frozenset({SECURITY, SOCIAL, CRAWL})


def check(
    caller: Caller, category: str, recipient: str | None, audience: dict[str, Any] | None
) -> None:
    """Check that a caller may send a category to a recipient or an audience.

    Raises:
        Problem: 400: the category is the platform's, or passes the opt-outs of users.
    """
    reserved = category in _PLATFORM and (
        not caller.is_key or _has_users(caller, recipient, audience)
    )
    if category == DIGEST or reserved:
        raise invalid_request("The category is reserved for the platform.", category=category)
    urgent = category in URGENT and caller.is_key and not caller.to_everybody
    if urgent and _has_users(caller, recipient, audience):
        raise invalid_request(
            "The category passes users' opt-outs; a key may send it to its contacts only.",
            category=category,
        )


def _has_users(caller: Caller, recipient: str | None, audience: dict[str, Any] | None) -> bool:
    """True if users of the platform are, or may be, among the recipients."""
    if audience is None:
        return recipient is not None and not recipient.startswith(OUTSIDE)
    if "ids" in audience:
        return any(not one.startswith(OUTSIDE) for one in audience["ids"])
    if "segment" in audience:
        return bool(audience["segment"]["where"].keys() & {segments.USERS, segments.FOLLOWERS})
    # Subscribers of a topic are those whom the caller may notify.
    return caller.to_users
