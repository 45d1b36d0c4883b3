"""JSON Schemas of the users domain's request bodies."""

from shared.auth.roles import ROLE_PERMISSIONS
from shared.base.validation import Schema
from shared.contracts.fields import ID
from shared.contracts.moderation import CATEGORIES
from shared.text.cleaning import LINE, LINES

USERNAME: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_]{1,15}$"}
_NAME: Schema = {
    "type": "string", "x-text": LINE, "minLength": 1, "maxLength": 50, "pattern": r"\S",
}  # fmt: skip
# Longer passwords cost argon2 nothing extra, but a megabyte of one costs the network.
_PASSWORD: Schema = {"type": "string", "minLength": 8, "maxLength": 128}
_TOKEN: Schema = {"type": "string", "minLength": 1, "maxLength": 512}


def _object(required: list[str], **properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }


CREATE_ACCOUNT = _object(
    ["username", "name", "email", "password"],
    username=USERNAME,
    name=_NAME,
    email={"type": "string", "minLength": 3, "maxLength": 320},
    password=_PASSWORD,
    age_confirmed={"type": "boolean"},
)
VERIFY_ACCOUNT = _object(["token"], token=_TOKEN)
_EMAIL: Schema = {"type": "string", "minLength": 3, "maxLength": 320}
# An existing password need not follow the rules of new ones.
_OWN_PASSWORD: Schema = {"type": "string", "minLength": 1, "maxLength": 128}
_CODE: Schema = {"type": "string", "minLength": 1, "maxLength": 30}
CHANGE_PASSWORD = _object(
    ["current_password", "new_password"], current_password=_OWN_PASSWORD, new_password=_PASSWORD
)
REQUEST_RESET = _object(["email"], email=_EMAIL)
CONFIRM_RESET = _object(["token", "new_password"], token=_TOKEN, new_password=_PASSWORD)
CHANGE_USERNAME = _object(["username"], username=USERNAME)
CHANGE_EMAIL = _object(["email", "password"], email=_EMAIL, password=_OWN_PASSWORD)
PASSWORD_ONLY = _object(["password"], password=_OWN_PASSWORD)
CODE_ONLY = _object(["code"], code=_CODE)
NOTHING = _object([])
UPDATE_PROFILE: Schema = {
    **_object(
        [],
        name=_NAME,
        description={"type": "string", "x-text": LINES, "maxLength": 160},
        location={"type": "string", "x-text": LINE, "maxLength": 30},
        url={
            "type": "string",
            "x-text": LINE,
            "maxLength": 100,
            "pattern": "^(https?://.+)?$",
        },
        protected={"type": "boolean"},
    ),
    "minProperties": 1,
}
PIN_TWEET = _object(["tweet_id"], tweet_id=ID)
CREATE_SESSION = _object(
    ["login", "password"],
    login={"type": "string", "minLength": 1, "maxLength": 320},
    password=_OWN_PASSWORD,
    totp=_CODE,
)
# The user to follow, block or mute.
TARGET = _object(["target_user_id"], target_user_id=ID)
NOTIFY = _object(["enabled"], enabled={"type": "boolean"})
_APP_NAME = _NAME
_REDIRECT_URIS: Schema = {
    "type": "array",
    "maxItems": 10,
    "uniqueItems": True,
    "items": {"type": "string", "minLength": 1, "maxLength": 2000},
}
CREATE_APP = _object(
    ["name"],
    name=_APP_NAME,
    redirect_uris=_REDIRECT_URIS,
    # RFC 6749's words, and those of X's developer portal.
    type={"enum": ["confidential", "public", "web", "bot", "native", "single_page"]},
)
UPDATE_APP: Schema = {
    **_object([], name=_APP_NAME, redirect_uris=_REDIRECT_URIS),
    "minProperties": 1,
}
ROTATE_SECRET = _object([], kind={"enum": ["client_secret", "consumer_secret", "bearer_token"]})
CREATE_APP_TOKENS = _object(
    [],
    scope={"type": "string", "maxLength": 2000},
    scopes={
        "type": "array",
        "maxItems": 40,
        "items": {"type": "string", "maxLength": 60},
    },
)
# RFC 6749 leaves room for extensions: unknown members are ignored, sizes are not.
TOKEN_REQUEST: Schema = {
    "type": "object",
    "maxProperties": 20,
    "additionalProperties": {"type": "string", "maxLength": 4096},
}
FORM: Schema = TOKEN_REQUEST
USE_UPLOAD = _object(["upload_id"], upload_id={"type": "string", "minLength": 1, "maxLength": 60})
# API 1.1: the picture as base64 unless it is a file; other members are ignored.
_PIXELS: Schema = {"type": "string", "maxLength": 10}
PICTURE_FORM = _object(
    [],
    image={"type": "string", "maxLength": 1_000_000},
    banner={"type": "string", "maxLength": 1_000_000},
    include_entities={"type": "string", "maxLength": 10},
    skip_status={"type": "string", "maxLength": 10},
    width=_PIXELS,
    height=_PIXELS,
    offset_left=_PIXELS,
    offset_top=_PIXELS,
)
_REASON: Schema = {
    "type": "string", "x-text": LINES, "minLength": 1, "maxLength": 500, "pattern": r"\S",
}  # fmt: skip
REASON = _object(["reason"], reason=_REASON)
ASSIGN_ROLES = _object(
    ["roles", "reason"],
    roles={
        "type": "array",
        "items": {"enum": sorted(ROLE_PERMISSIONS)},
        "maxItems": len(ROLE_PERMISSIONS),
        "uniqueItems": True,
    },
    reason=_REASON,
)
REPORT = _object(
    ["category"],
    user_id=ID,
    tweet_id=ID,
    category={"enum": list(CATEGORIES)},
    comment={"type": "string", "x-text": LINES, "maxLength": 500},
)
RESOLVE_REPORT = _object(
    ["outcome", "reason"], outcome={"enum": ["violation", "no_violation"]}, reason=_REASON
)
