"""``/1/devices``: where pushes and webhooks go."""

from typing import Any

from chalicelib.notifications.channels.endpoints import vapid
from chalicelib.notifications.core import names
from chalicelib.notifications.devices import registration
from chalicelib.notifications.routes import device_answers as answers

from shared.auth.scopes import user_access
from shared.base.validation import Schema
from shared.http.api import Api, Call

api = Api(__name__, "Devices")

_KEY = {"type": "string", "minLength": 16, "maxLength": 200, "pattern": "^[A-Za-z0-9_-]+=*$"}
_URL = {"type": "string", "minLength": 8, "maxLength": 2048, "pattern": "^https?://"}
DEVICE: Schema = {
    "type": "object",
    "required": ["platform"],
    "properties": {
        "platform": {"enum": [names.IOS, names.ANDROID, names.WEBPUSH, names.WEBHOOK]},
        "token": {"type": "string", "minLength": 16, "maxLength": 4096},
        "subscription": {
            "type": "object",
            "required": ["endpoint", "keys"],
            "properties": {
                "endpoint": _URL,
                "expirationTime": {"type": ["number", "null"]},
                "keys": {
                    "type": "object",
                    "required": ["p256dh", "auth"],
                    "properties": {"p256dh": _KEY, "auth": _KEY},
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        },
        "url": _URL,
    },
    "additionalProperties": False,
}


@api.endpoint(
    "POST",
    "/1/devices",
    access=user_access("notifications.write"),
    summary="Register a device",
    answer=answers.REGISTERED,
    status=201,
    limit=100,
    body=DEVICE,
)
def register_device(call: Call) -> dict[str, Any]:
    """Register a device at login, or at each start of the app.

    It has a `token` on iOS and Android, and a `subscription` in browsers.

    A device belongs to one user, so a login moves it. A webhook has a `url`; the `secret` that
    signs its requests is shown here alone.
    """
    return {"data": registration.register(call.user_id, call.body)}


@api.endpoint(
    "GET",
    "/1/devices",
    access=user_access("notifications.read"),
    summary="List your devices",
    answer=answers.DEVICES,
)
def list_devices(call: Call) -> dict[str, Any]:
    """List your devices, without their tokens; the last registered first."""
    found = registration.listed(call.user_id)
    return {"data": found, "meta": {"result_count": len(found)}}


@api.endpoint(
    "GET",
    "/1/devices/webpush_key",
    access=user_access("notifications.read"),
    summary="Get the key for web push",
    answer=answers.WEBPUSH_KEY,
)
def webpush_key(call: Call) -> dict[str, Any]:
    """Return the `applicationServerKey` for `PushManager.subscribe`."""
    del call
    return {"data": {"public_key": vapid.public_key()}}


@api.endpoint(
    "DELETE",
    "/1/devices/{id}",
    access=user_access("notifications.write"),
    summary="Remove a device",
    answer=answers.DELETED,
)
def remove_device(call: Call) -> dict[str, Any]:
    """Remove a device, for example at logout: nothing is sent to it any more."""
    registration.remove(call.user_id, call.path["id"])
    return {"data": {"deleted": True}}
