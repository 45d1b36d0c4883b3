"""``/1/notifications/contacts/phone``: the number for text messages."""

from typing import Any

from chalicelib.notifications.phones import verification
from chalicelib.notifications.routes import device_answers as answers

from shared.auth.scopes import user_access
from shared.base.errors import Problem
from shared.http.api import Api, Call

api = Api(__name__, "Notifications")

_PHONE = {"type": "string", "minLength": 5, "maxLength": 32}


@api.endpoint(
    "PUT",
    "/1/notifications/contacts/phone",
    access=user_access("notifications.write"),
    summary="Set your phone number",
    answer=answers.CODE_SENT,
    status=202,
    # Each request costs a text message.
    limit=5,
    body={
        "type": "object",
        "required": ["phone"],
        "properties": {"phone": _PHONE},
        "additionalProperties": False,
    },
)
def set_phone(call: Call) -> dict[str, Any]:
    """Send a code to a phone number, in international form.

    The number is used once it is verified. A new request voids the earlier code.
    """
    return {"data": verification.begin(call.user_id, call.body["phone"])}


@api.endpoint(
    "POST",
    "/1/notifications/contacts/phone/verify",
    access=user_access("notifications.write"),
    summary="Verify your phone number",
    answer=answers.PHONE,
    limit=20,
    body={
        "type": "object",
        "required": ["phone", "code"],
        "properties": {"phone": _PHONE, "code": {"type": "string", "pattern": "^[0-9]{6}$"}},
        "additionalProperties": False,
    },
)
def verify_phone(call: Call) -> dict[str, Any]:
    """Verify the number by its code: five attempts within ten minutes."""
    body = call.body
    return {"data": verification.verify(call.user_id, body["phone"], body["code"])}


@api.endpoint(
    "GET",
    "/1/notifications/contacts/phone",
    access=user_access("notifications.read"),
    summary="Get your phone number",
    answer=answers.PHONE,
)
def get_phone(call: Call) -> dict[str, Any]:
    """Return your phone number, and whether it is verified."""
    found = verification.show(call.user_id)
    if found is None:
        raise Problem(404, "resource-not-found", "Not Found Error", "You have set no phone number.")
    return {"data": found}


@api.endpoint(
    "DELETE",
    "/1/notifications/contacts/phone",
    access=user_access("notifications.write"),
    summary="Remove your phone number",
    answer=answers.DELETED,
)
def remove_phone(call: Call) -> dict[str, Any]:
    """Remove your phone number: no more text messages."""
    verification.remove(call.user_id)
    return {"data": {"deleted": True}}
