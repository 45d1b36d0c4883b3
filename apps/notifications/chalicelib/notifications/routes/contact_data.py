"""``/1/contacts/{key}/…``: preferences, devices, export of a contact."""

from typing import Any

from chalicelib.notifications.contacts import outside
from chalicelib.notifications.devices import registration
from chalicelib.notifications.lifecycle import export
from chalicelib.notifications.planning import preferences
from chalicelib.notifications.routes import answers, device_answers
from chalicelib.notifications.routes.contacts import READ, WRITE, recipient
from chalicelib.notifications.routes.devices import DEVICE
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
    "POST",
    "/1/contacts/{key}/devices",
    access=WRITE,
    summary="Register a device of a contact",
    answer=device_answers.REGISTERED,
    status=201,
    limit=100,
    body=DEVICE,
)
def register_contact_device(call: Call) -> dict[str, Any]:
    """Register a device or a webhook of a contact.

    The body is that of `POST /1/devices`. A device belongs to one recipient: this moves it to the
    contact.
    """
    return {"data": registration.register(_known(call), call.body)}


@api.endpoint(
    "GET",
    "/1/contacts/{key}/devices",
    access=READ,
    summary="List the devices of a contact",
    answer=device_answers.DEVICES,
)
def list_contact_devices(call: Call) -> dict[str, Any]:
    """List a contact's devices without tokens, the last registered first."""
    found = registration.listed(_known(call))
    return {"data": found, "meta": {"result_count": len(found)}}


@api.endpoint(
    "DELETE",
    "/1/contacts/{key}/devices/{id}",
    access=WRITE,
    summary="Remove a device of a contact",
    answer=device_answers.DELETED,
)
def remove_contact_device(call: Call) -> dict[str, Any]:
    """Remove a device of a contact: nothing is sent to it any more."""
    registration.remove(_known(call), call.path["id"])
    return {"data": {"deleted": True}}


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
