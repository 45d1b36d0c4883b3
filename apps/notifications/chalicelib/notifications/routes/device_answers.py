"""Answer schemas of devices and phone numbers."""

from shared.base.components import (
    COUNT,
    FLAG,
    MOMENT,
    TEXT,
    Component,
    array,
    choice,
    component,
    data,
    record,
)
from shared.base.validation import Schema

_PLATFORM = choice("android", "ios", "webhook", "webpush")
_MEMBERS: dict[str, Schema] = {
    "id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "platform": _PLATFORM,
    "registered_at": MOMENT,
    "created_at": MOMENT,
}
DEVICE = component("Device", "A device to which notifications are pushed.", _MEMBERS)
REGISTERED = data(
    record(_MEMBERS, {"secret": {**TEXT, "description": "Of a webhook: signs its requests."}})
)
# Of an export, which holds all but the secrets.
EXPORTED_DEVICES = array(record({**_MEMBERS, "address": TEXT}))
DEVICES = Component(
    "DevicePage", record({"data": array(DEVICE), "meta": record({"result_count": COUNT})})
)
WEBPUSH_KEY = data(record({"public_key": {"type": "string", "pattern": "^[A-Za-z0-9_-]{87}$"}}))
DELETED = data(record({"deleted": FLAG}))
_PHONE: Schema = {"type": "string", "pattern": "^\\+[1-9][0-9]{5,14}$"}
PHONE = data(record({"phone": _PHONE, "verified": FLAG}))
CODE_SENT = data(record({"phone": _PHONE, "verified": FLAG, "expires_at": MOMENT}))
