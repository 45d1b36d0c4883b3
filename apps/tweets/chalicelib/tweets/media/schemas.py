"""JSON Schemas of media requests.

There are two dialects: commands of one route, and one route per step.
"""

import re

from chalicelib.tweets.media.kinds import TYPES

from shared.base.validation import Schema
from shared.contracts.fields import ID
from shared.text.cleaning import LINE, LINES

KEY = re.compile(r"(?:3|7|9|13|16)_[0-9]{1,19}")
MEDIA_ID = ID
MEDIA_KEYS: Schema = {
    "type": "array",
    "items": {"type": "string", "pattern": f"^{KEY.pattern}$"},
    "minItems": 1,
    "maxItems": 100,
}
# Forms have numbers as text.
_NUMBER: Schema = {"type": ["integer", "string"], "pattern": "^[0-9]{1,11}$", "minimum": 0}
_ID: Schema = {"type": ["integer", "string"], "pattern": "^[0-9]{1,19}$", "minimum": 0}
_INDEX: Schema = {
    "type": ["integer", "string"],
    "pattern": "^[0-9]{1,3}$",
    "minimum": 0,
    "maximum": 999,
}
_CATEGORY: Schema = {"type": "string", "maxLength": 30}
_BASE64: Schema = {"type": "string", "maxLength": 6_000_000}
_OWNERS_TEXT: Schema = {"type": "string", "maxLength": 2100, "pattern": "^[0-9, ]*$"}
_SHARED: Schema = {"enum": [True, False, "true", "false", "True", "False"]}
_COMMANDS: Schema = {"enum": ["INIT", "APPEND", "FINALIZE", "STATUS"]}
UPLOAD: Schema = {
    "type": "object",
    "properties": {
        "command": _COMMANDS,
        "media": _BASE64,
        "media_data": _BASE64,
        "media_id": _ID,
        "media_category": _CATEGORY,
        "media_type": {"type": "string", "maxLength": 100},
        "total_bytes": _NUMBER,
        "segment_index": _INDEX,
        "additional_owners": _OWNERS_TEXT,
        "shared": _SHARED,
    },
    "additionalProperties": False,
}
COMMAND_QUERY: dict[str, Schema] = {
    "command": _COMMANDS,
    "media_id": ID,
    "media_category": _CATEGORY,
    "media_type": {"type": "string", "maxLength": 100},
    "total_bytes": {"type": "string", "pattern": "^[0-9]{1,11}$"},
    "segment_index": {"type": "string", "pattern": "^[0-9]{1,3}$"},
    "additional_owners": _OWNERS_TEXT,
}
INITIALIZE: Schema = {
    "type": "object",
    "properties": {
        "media_category": _CATEGORY,
        "media_type": {"enum": TYPES},
        "total_bytes": {"type": "integer", "minimum": 1, "maximum": 17_179_869_184},
        "additional_owners": {"type": "array", "items": ID, "maxItems": 100},
        "shared": {"type": "boolean"},
    },
    "additionalProperties": False,
}
# S3 accepts exactly the announced number of bytes.
ANNOUNCE: Schema = {**INITIALIZE, "required": ["total_bytes"]}
POSTER: Schema = {
    "type": "object",
    "properties": {"media": _BASE64},
    "additionalProperties": False,
}
APPEND: Schema = {
    "type": "object",
    "required": ["segment_index"],
    "properties": {"media": _BASE64, "segment_index": _INDEX},
    "additionalProperties": False,
}
_ALT_TEXT: Schema = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "x-text": LINES, "maxLength": 1000}},
    "additionalProperties": False,
}
METADATA: Schema = {
    "type": "object",
    "required": ["id", "metadata"],
    "properties": {
        "id": ID,
        "metadata": {
            "type": "object",
            "required": ["alt_text"],
            "properties": {"alt_text": _ALT_TEXT},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
_CATEGORY_OF_SUBTITLES: Schema = {"enum": ["AmplifyVideo", "TweetVideo"]}
_LANGUAGE: Schema = {"type": "string", "pattern": "^[A-Z]{2}$"}
SUBTITLES: Schema = {
    "type": "object",
    "required": ["id", "media_category", "subtitles"],
    "properties": {
        "id": ID,
        "media_category": _CATEGORY_OF_SUBTITLES,
        "subtitles": {
            "type": "object",
            "required": ["id", "language_code"],
            "properties": {
                "id": ID,
                "language_code": _LANGUAGE,
                "display_name": {
                    "type": "string",
                    "x-text": LINE,
                    "minLength": 1,
                    "maxLength": 50,
                },
            },
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
NO_SUBTITLES: Schema = {
    "type": "object",
    "required": ["id", "media_category", "language_code"],
    "properties": {
        "id": ID,
        "media_category": _CATEGORY_OF_SUBTITLES,
        "language_code": _LANGUAGE,
    },
    "additionalProperties": False,
}
METADATA_V1: Schema = {
    "type": "object",
    "required": ["media_id", "alt_text"],
    "properties": {"media_id": _ID, "alt_text": _ALT_TEXT},
    "additionalProperties": False,
}
ATTACHED: Schema = {
    "type": "object",
    "required": ["media_ids"],
    "properties": {
        "media_ids": {"type": "array", "items": ID, "minItems": 1, "maxItems": 4},
        "tagged_user_ids": {"type": "array", "items": ID, "maxItems": 10},
    },
    "additionalProperties": False,
}
