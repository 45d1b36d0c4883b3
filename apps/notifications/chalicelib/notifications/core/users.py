"""Users of the platform, as far as this domain runs beside it."""

from collections.abc import Iterable

from botocore.exceptions import ClientError
from chalicelib.notifications.core.content import OUTSIDE

from shared.contracts import profiles
from shared.contracts.profiles import UserCard


def cards(ids: Iterable[str]) -> dict[str, UserCard]:
    """Return cards of users by id; outside contacts have none.

    None where this domain runs without users. Calls: 1 BatchGetItem per hundred that are not
    cached.
    """
    users = [one for one in ids if not one.startswith(OUTSIDE)]
    if not users:
        return {}
    try:
        return profiles.cards(users)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return {}


def active(ids: Iterable[str]) -> dict[str, UserCard]:
    """Return cards of users who are there (see `cards`)."""
    return {one: card for one, card in cards(ids).items() if card.active}
