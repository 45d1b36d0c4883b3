"""``/1/contacts``: recipients outside the platform."""

import re
from typing import Any

from chalicelib.notifications.access.callers import Caller
from chalicelib.notifications.contacts import outside
from chalicelib.notifications.lifecycle import erasure
from chalicelib.notifications.routes import answers
from chalicelib.notifications.routes.bodies import (
    ATTRIBUTES,
    KEY_PATTERN,
    LOCALE,
    TIME_ZONE,
    closed,
)

from shared.auth.scopes import user_access
from shared.base.answers import NO_BODY
from shared.base.errors import forbidden, invalid_request
from shared.http.api import Api, Call

api = Api(__name__, "Contacts")

WRITE = user_access("notifications.write", keys=("notifications.write",))
READ = user_access("notifications.read", keys=("notifications.read", "notifications.write"))


def recipient(call: Call) -> str:
    """Return the recipient id of the contact in the path.

    Raises:
        Problem: 400 for a malformed key, 403 for users who may not notify others.
    """
    caller, key = Caller.of(call.principal), call.path["key"]
    if not caller.to_others:
        raise forbidden("Contacts are for API keys and administrators.")
    if not re.fullmatch(KEY_PATTERN, key):
        raise invalid_request("The `key` path parameter is not valid.", key=key)
    return f"{caller.contact_prefix}{key}"


@api.endpoint(
    "PUT",
    "/1/contacts/{key}",
    access=WRITE,
    summary="Save a contact",
    answer=answers.CONTACT,
    body=closed(
        {
            "email": {"type": "string", "minLength": 3, "maxLength": 254},
            "phone": {"type": "string", "minLength": 4, "maxLength": 32},
            "locale": LOCALE,
            "time_zone": TIME_ZONE,
            "attributes": ATTRIBUTES,
        }
    ),
)
def put_contact(call: Call) -> dict[str, Any]:
    """Create or replace a contact; omitted members are removed."""
    return {"data": outside.put(recipient(call), call.body)}


@api.endpoint(
    "GET",
    "/1/contacts/{key}",
    access=READ,
    summary="Get a contact",
    answer=answers.CONTACT,
)
def get_contact(call: Call) -> dict[str, Any]:
    """Return a contact of yours."""
    return {"data": outside.get(recipient(call))}


@api.endpoint(
    "DELETE",
    "/1/contacts/{key}",
    access=WRITE,
    summary="Delete a contact",
    answer=NO_BODY,
    status=204,
)
def delete_contact(call: Call) -> None:
    """Delete a contact and, soon afterwards, all notifications sent to it."""
    erasure.delete_contact(recipient(call))
