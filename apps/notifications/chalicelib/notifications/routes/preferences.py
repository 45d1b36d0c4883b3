"""``/1/notifications/preferences``: what reaches you, and when."""

from typing import Any

from chalicelib.notifications.planning import preferences
from chalicelib.notifications.planning.categories import CHANNELS
from chalicelib.notifications.planning.quiet_hours import TIME_PATTERN

from shared.auth.scopes import user_access
from shared.base.components import FLAG, choice, component, data, record
from shared.base.validation import Schema
from shared.http.api import Api, Call

api = Api(__name__, "Notification preferences")

_TIME: Schema = {"type": "string", "pattern": TIME_PATTERN, "examples": ["22:00"]}
_ZONE: Schema = {"type": "string", "minLength": 1, "maxLength": 64, "examples": ["Europe/Berlin"]}
_HOUR: Schema = {"type": "integer", "minimum": 0, "maximum": 23}
_QUIET = {"from": _TIME, "to": _TIME, "time_zone": _ZONE}
_FREQUENCY = choice("none", "hourly", "daily")
_LIMIT: Schema = {"type": ["integer", "null"], "minimum": 1, "maximum": 1000}
_LIMITS = {
    "per_hour": {**_LIMIT, "description": "Of each channel; `null` leaves it to us."},
    "per_week": {**_LIMIT, "description": "Of each channel; `null` leaves it to us."},
}
_CATEGORY = "^[a-z][a-z0-9_]{0,31}$"

PREFERENCES = component(
    "NotificationPreferences",
    "What reaches a person, and when. `categories` shows every category and channel with what "
    "applies to it, whether set or by default. The categories `security` and `otp` are not "
    "listed: they always arrive, at once.",
    {
        "quiet_hours": {
            **record(_QUIET),
            "type": ["object", "null"],
            "description": "Notifications that would disturb wait until their end.",
        },
        "categories": {
            "type": "object",
            "additionalProperties": record(dict.fromkeys(CHANNELS, FLAG)),
        },
        "digest": {
            **record({"frequency": _FREQUENCY, "hour": _HOUR, "time_zone": _ZONE}),
            "description": "Mails come together, each hour or daily at an hour.",
        },
        "throttle": record(_LIMITS),
    },
)
CHANGE: Schema = {
    "type": "object",
    "properties": {
        "quiet_hours": {
            "type": ["object", "null"],
            "properties": _QUIET,
            "additionalProperties": False,
        },
        "categories": {
            "type": "object",
            "maxProperties": 50,
            "propertyNames": {"pattern": _CATEGORY},
            "additionalProperties": {
                "type": "object",
                "properties": dict.fromkeys(CHANNELS, FLAG),
                "additionalProperties": False,
            },
        },
        "digest": {
            "type": ["object", "null"],
            "properties": {"frequency": _FREQUENCY, "hour": _HOUR, "time_zone": _ZONE},
            "additionalProperties": False,
        },
        "throttle": {
            "type": ["object", "null"],
            "properties": _LIMITS,
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}


@api.endpoint(
    "GET",
    "/1/notifications/preferences",
    access=user_access("notifications.read"),
    summary="Get your notification preferences",
    answer=data(PREFERENCES),
)
def get_preferences(call: Call) -> dict[str, Any]:
    """Return the channels of each category, quiet hours and digests."""
    return {"data": preferences.show(call.user_id)}


@api.endpoint(
    "PUT",
    "/1/notifications/preferences",
    access=user_access("notifications.write"),
    summary="Change your notification preferences",
    answer=data(PREFERENCES),
    body=CHANGE,
)
def change_preferences(call: Call) -> dict[str, Any]:
    """Change some preferences; what you leave out stays as it is.

    `null` removes quiet hours, digest or throttle. Setting the category `social` sets the kinds of
    social notifications with it. `security` and `otp` cannot be turned off.
    """
    return {"data": preferences.change(call.user_id, call.body)}
