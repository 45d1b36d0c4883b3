"""Schemas of request bodies."""

from chalicelib.notifications.accepting import segments
from chalicelib.notifications.accepting.recipients import MAX_RECIPIENTS
from chalicelib.notifications.accepting.routing import MAX_FALLBACK_MINUTES
from chalicelib.notifications.accepting.sending import AUTO, MAX_TTL_SECONDS
from chalicelib.notifications.contacts import segments as stored_segments
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import HIGH, LOW, NORMAL
from chalicelib.notifications.topics import subscribers

from shared.base.components import ID, choice
from shared.base.validation import Schema
from shared.text.cleaning import LINE, LINES

CATEGORY_PATTERN = "^[a-z][a-z0-9_]{0,31}$"
KEY_PATTERN = "^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$"
TOPIC: Schema = {"type": "string", "pattern": subscribers.NAME_PATTERN}
RECIPIENT: Schema = {"type": "string", "pattern": KEY_PATTERN}
LOCALE: Schema = {"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"}
TIME_ZONE: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_+/-]{1,64}$"}
_TITLE: Schema = {"type": "string", "x-text": LINE, "minLength": 1, "maxLength": 100}
_TEXT: Schema = {"type": "string", "x-text": LINES, "minLength": 1, "maxLength": 2000}
_URL: Schema = {"type": "string", "pattern": '^https?://[^\\s<>"]+$', "maxLength": 2000}


def closed(properties: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object without other members."""
    schema: Schema = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
    return {**schema, "required": list(required)} if required else schema


ATTRIBUTES: Schema = {
    "type": "object",
    "maxProperties": 20,
    "propertyNames": {"pattern": CATEGORY_PATTERN},
    "additionalProperties": {"type": "string", "x-text": LINE, "maxLength": 100},
}
SEGMENT_NAME: Schema = {
    "type": "string",
    "pattern": stored_segments.NAME_PATTERN,
    "description": "A stored segment, or `all` contacts of the caller.",
}
CONDITIONS: Schema = {
    "description": "Conditions on the caller's contacts, all of which hold; all or all verified "
    "users of the platform; or the followers of a user.",
    "anyOf": [
        {
            **closed(
                {
                    "locale": LOCALE,
                    "time_zone": TIME_ZONE,
                    "topic": TOPIC,
                    "attributes": {**ATTRIBUTES, "minProperties": 1},
                }
            ),
            "minProperties": 1,
        },
        closed({segments.USERS: choice(segments.ALL_USERS, segments.VERIFIED)}, (segments.USERS,)),
        closed({segments.FOLLOWERS: ID}, (segments.FOLLOWERS,)),
    ],
}
_TO: Schema = {
    "description": "A user id or the key of a contact; a list of them; a topic; or a segment.",
    "anyOf": [
        RECIPIENT,
        {"type": "array", "minItems": 1, "maxItems": MAX_RECIPIENTS, "items": RECIPIENT},
        closed({"topic": TOPIC}, ("topic",)),
        closed({"segment": {"anyOf": [SEGMENT_NAME, CONDITIONS]}}, ("segment",)),
    ],
}
SEND: Schema = closed(
    {
        "to": _TO,
        "content": closed({"title": _TITLE, "text": _TEXT, "url": _URL}, ("title", "text")),
        "template": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_.-]{0,63}$"},
        "data": {"type": "object", "maxProperties": 100, "additionalProperties": True},
        "channels": {
            "anyOf": [
                {"const": AUTO},
                {
                    "type": "array",
                    "minItems": 1,
                    "uniqueItems": True,
                    "maxItems": len(names.CHANNELS),
                    "items": {"enum": sorted(names.CHANNELS)},
                },
            ]
        },
        "fallback_minutes": {
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_FALLBACK_MINUTES,
            "description": "With the channels `auto`: an email follows after these minutes, "
            "unless the notification was seen. Ten without it.",
        },
        "category": {"type": "string", "pattern": CATEGORY_PATTERN},
        "priority": {"enum": [HIGH, NORMAL, LOW]},
        "ttl": {"type": "integer", "minimum": 1, "maximum": MAX_TTL_SECONDS},
        "collapse_key": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,32}$"},
        "schedule_at": {"type": "string", "minLength": 10, "maxLength": 40},
        "locale": LOCALE,
        # The former form.
        "user_id": RECIPIENT,
        "title": _TITLE,
        "text": _TEXT,
    }
)
