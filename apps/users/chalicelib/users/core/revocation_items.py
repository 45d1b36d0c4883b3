"""Items of the revocations table, which every process reads.

`shared.auth.revocations` reads them, and describes their subjects. The short list is
read all the time: an item leaves it once every token that it concerns has expired.
The lasting list is read by processes that start, for tokens that live for years.
"""

from chalicelib.users.core.token_models import REVOCATIONS

from shared.aws.dynamo import Item
from shared.aws.table import Action
from shared.base.clock import now_seconds
from shared.contracts.revocations import HIDDEN_LAST_MS, LASTING, REVOKED

ACCESS_TOKEN_SECONDS = 2 * 3600


def revocation(subject: str, at: int) -> Item:
    """Item that revokes a subject's tokens until the last of them has expired.

    Args:
        at: moment of the revocation, in Unix ms.
    """
    return {
        "list": REVOKED,
        "at": _range_key(subject, at),
        "expires_at": now_seconds() + ACCESS_TOKEN_SECONDS * 2,
    }


def lasting_revocation(subject: str, at: int) -> Item:
    """Item that revokes a subject's tokens for good."""
    return {"list": LASTING, "at": _range_key(subject, at)}


def revoke_action(subject: str, at: int) -> Action:
    """Action that revokes a subject's access tokens."""
    return REVOCATIONS.put_action(revocation(subject, at))


def revoke_for_good_actions(subject: str, at: int) -> list[Action]:
    """Actions that revoke tokens of any lifetime."""
    return [revoke_action(subject, at), REVOCATIONS.put_action(lasting_revocation(subject, at))]


def status_actions(status: str, user_id: str, at: int, *, for_good: bool = False) -> list[Action]:
    """Actions that tell every process of an account's new status.

    Args:
        status: ``suspended``, ``restored``, ``left`` or ``returned``.
        for_good: the lasting item never expires.
    """
    subject = f"{status}:{user_id}"
    lasting = lasting_revocation(subject, at)
    if not for_good:
        lasting["expires_at"] = (at + HIDDEN_LAST_MS) // 1000
    return [revoke_action(subject, at), REVOCATIONS.put_action(lasting)]


def _range_key(subject: str, at: int) -> str:
    return f"{at:013d}#{subject}"
