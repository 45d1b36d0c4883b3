"""JSON Schemas of the tweets domain's request bodies."""

from chalicelib.tweets.media.schemas import ATTACHED

from shared.base.validation import Schema
from shared.contracts.fields import DATE_TIME, ID
from shared.text.cleaning import LINE, LINES

_REPLY_SETTINGS: Schema = {"enum": ["everyone", "following", "mentionedUsers", "verified"]}
# Of lists, folders and the options of polls.
_NAME: Schema = {"type": "string", "x-text": LINE, "minLength": 1, "maxLength": 25}
CREATE_TWEET: Schema = {
    "type": "object",
    # With media the text may be missing.
    "anyOf": [{"required": ["text"]}, {"required": ["media"]}],
    "properties": {
        "text": {"type": "string", "maxLength": 25_000},
        "quote_tweet_id": ID,
        "edit_options": {
            "type": "object",
            "required": ["previous_post_id"],
            "properties": {"previous_post_id": ID},
            "additionalProperties": False,
        },
        "reply": {
            "type": "object",
            "required": ["in_reply_to_tweet_id"],
            "properties": {
                "in_reply_to_tweet_id": ID,
                "auto_populate_reply_metadata": {"type": "boolean"},
                "exclude_reply_user_ids": {"type": "array", "items": ID, "maxItems": 100},
            },
            "additionalProperties": False,
        },
        "poll": {
            "type": "object",
            "required": ["options", "duration_minutes"],
            "properties": {
                "options": {
                    "type": "array",
                    "items": _NAME,
                    "minItems": 2,
                    "maxItems": 4,
                },
                "duration_minutes": {"type": "integer", "minimum": 5, "maximum": 10_080},
                "reply_settings": _REPLY_SETTINGS,
            },
            "additionalProperties": False,
        },
        "media": ATTACHED,
        "nullcast": {"const": False},
        "for_super_followers_only": {"const": False},
        "made_with_ai": {"const": False},
        "paid_partnership": {"const": False},
        "share_with_followers": {"const": False},
        "reply_settings": _REPLY_SETTINGS,
    },
    "additionalProperties": False,
}
# A body for later: whether it can be posted is checked when it is posted.
_MEMBERS: dict[str, Schema] = CREATE_TWEET["properties"]
_LATER: Schema = {
    "type": "object",
    "properties": {name: one for name, one in _MEMBERS.items() if name != "edit_options"},
    "additionalProperties": False,
}
DRAFT: Schema = {
    "type": "object",
    "required": ["tweet"],
    "properties": {"tweet": {**_LATER, "minProperties": 1}},
    "additionalProperties": False,
}
SCHEDULED: Schema = {
    "type": "object",
    "required": ["tweet", "scheduled_at"],
    "properties": {
        "tweet": {**_LATER, "anyOf": CREATE_TWEET["anyOf"]},
        "scheduled_at": DATE_TIME,
    },
    "additionalProperties": False,
}
TWEET_ID: Schema = {
    "type": "object",
    "required": ["tweet_id"],
    "properties": {"tweet_id": ID},
    "additionalProperties": False,
}
BOOKMARK: Schema = {
    **TWEET_ID,
    "properties": {"tweet_id": ID, "folder_id": ID},
}
FOLDER: Schema = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": _NAME},
    "additionalProperties": False,
}
HIDDEN: Schema = {
    "type": "object",
    "required": ["hidden"],
    "properties": {"hidden": {"type": "boolean"}},
    "additionalProperties": False,
}
_DESCRIPTION: Schema = {"type": "string", "x-text": LINES, "maxLength": 100}
CREATE_LIST: Schema = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": _NAME,
        "description": _DESCRIPTION,
        "private": {"type": "boolean"},
    },
    "additionalProperties": False,
}
UPDATE_LIST: Schema = {**CREATE_LIST, "required": [], "minProperties": 1}
USER_ID: Schema = {
    "type": "object",
    "required": ["user_id"],
    "properties": {"user_id": ID},
    "additionalProperties": False,
}
LIST_ID: Schema = {
    "type": "object",
    "required": ["list_id"],
    "properties": {"list_id": ID},
    "additionalProperties": False,
}
VOTE: Schema = {
    "type": "object",
    "required": ["position"],
    "properties": {"position": {"type": "integer", "minimum": 1, "maximum": 4}},
    "additionalProperties": False,
}
