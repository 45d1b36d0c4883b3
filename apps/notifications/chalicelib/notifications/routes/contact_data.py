"""``/1/contacts/{key}/…``: preferences and export of a contact."""

from typing import Any

from chalicelib.notifications.contacts import outside
from chalicelib.notifications.lifecycle import export
from chalicelib.notifications.planning import preferences
from chalicelib.notifications.routes import answers
from chalicelib.notifications.routes.contacts import READ, WRITE, recipient
from chalicelib.notifications.routes.preferences import CHANGE, PREFERENCES

from shared.base.components import data
from shared.http.api import Api, Call

api = Api(__name__, "Contacts")


@api.endpoint(
    "GET",
    "/1/contacts/{key}/preferences",
    access=READ,
    summary="Get the preferences of a contact",
    answer=data(PREFERENCES),
)
def get_contact_preferences(call: Call) -> dict[str, Any]:
    """Return channels of each category, quiet hours and digests."""
    return {"data": preferences.show(_known(call))}


@api.endpoint(
    "PUT",
    "/1/contacts/{key}/preferences",
    access=WRITE,
    summary="Change the preferences of a contact",
    answer=data(PREFERENCES),
    body=CHANGE,
)
def change_contact_preferences(call: Call) -> dict[str, Any]:
    """Change some preferences of a contact.

    What you leave out stays as it is. Quiet hours and digests without a `time_zone` go by the
    contact's.
    """
    return {"data": preferences.change(_known(call), call.body)}


@api.endpoint(
    "GET",
    "/1/contacts/{key}/export",
    access=READ,
    summary="Export a contact",
    answer=answers.CONTACT_EXPORT,
)
def export_contact(call: Call) -> dict[str, Any]:
    """Return all that is kept of a contact, except notifications.

    Those are listed by `GET /1/notifications?to=`.
    """
    return {"data": export.outside_contact(_known(call))}


def _known(call: Call) -> str:
    """Recipient id of a contact that exists.

    Raises:
        Problem: 404; as `recipient`.
    """
    found = recipient(call)
    outside.get(found)
    return found
