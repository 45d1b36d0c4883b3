"""Owners of runs: whether the users domain still lets them act."""

from collections.abc import Iterable

from botocore.exceptions import ClientError

from shared.base.config import settings
from shared.contracts import profiles

# Error of a schedule, and reason of a run that was stopped.
ERROR = "The account is not active."
REASON = "account_not_active"


def inactive(owner_ids: Iterable[str]) -> set[str]:
    """Return those of some owners whose account is suspended or left.

    None in an installation without accounts, and of owners whom it does not know.

    Calls: one per hundred owners, none for those that the process knows (five seconds).
    """
    if "users" not in settings().domains:
        return set()
    try:
        found = profiles.cards(owner_ids)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return set()
        raise
    return {card.id for card in found.values() if not card.active}
