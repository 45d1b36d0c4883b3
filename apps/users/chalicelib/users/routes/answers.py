"""Answer schemas of accounts, moderation and the profile."""

from shared.auth.roles import ROLE_PERMISSIONS
from shared.base.answers import page_of
from shared.base.components import (
    COUNT,
    FLAG,
    ID,
    MOMENT,
    TEXT,
    URL,
    Component,
    array,
    choice,
    component,
    constant,
    data,
    record,
)
from shared.base.validation import Schema
from shared.contracts.moderation import CATEGORIES
from shared.contracts.schemas.user import USER, USERNAME

PROFILE = Component("ProfileResponse", data(USER))
ACCOUNT = component(
    "Account",
    "The private settings of an account.",
    {
        "id": ID,
        "username": USERNAME,
        "email": {"type": "string", "format": "email"},
        "email_verified": FLAG,
        "pending_email": {
            "type": ["string", "null"],
            "format": "email",
            "description": "A new address that is not confirmed yet.",
        },
        "totp_enabled": FLAG,
        "password_changed_at": {**MOMENT, "type": ["string", "null"]},
    },
)
USERNAME_CHANGED = data(record({"id": ID, "username": USERNAME}))
EMAIL_VERIFIED = data(record({"id": ID, "email_verified": constant(True)}))
PINNED_TWEET = data(record({"pinned_tweet_id": ID}))
TOTP_SETUP = component(
    "TotpSetup",
    "The secret of a second factor, for an authenticator app.",
    {"otpauth_uri": URL, "secret": TEXT},
)
RECOVERY_CODES = data(record({"recovery_codes": array(TEXT, minItems=10, maxItems=10)}))
PICTURE_UPLOAD = component(
    "PictureUpload",
    "A form that takes one picture: post `fields`, then the file as `file`, to `url`.",
    {"id": TEXT, "url": URL, "fields": {"type": "object", "additionalProperties": TEXT}},
)
EXPORT = component(
    "DataExport",
    "A copy of all data of an account. `url` is there once it is ready, where one export is "
    "asked for, and valid for five minutes.",
    {
        "id": ID,
        "status": choice("running", "ready", "failed", "expired"),
        "requested_at": MOMENT,
    },
    {
        "size": {**COUNT, "description": "Bytes."},
        "expires_at": MOMENT,
        "url": URL,
        "url_expires_at": MOMENT,
        "waiting_for": {**array(TEXT), "description": "Domains that have not delivered yet."},
    },
)

ROLES = array(choice(*sorted(ROLE_PERMISSIONS)))
ACCOUNT_STATUS = choice("active", "deactivated", "suspended", "deleted")
ACCOUNT_STATE = component(
    "AccountState",
    "Status, limits and roles of an account, for moderators.",
    {
        "id": ID,
        "username": TEXT,
        "name": TEXT,
        "status": ACCOUNT_STATUS,
        "suspended": FLAG,
        "limited": FLAG,
        "verified": FLAG,
        "roles": ROLES,
    },
)
SUSPENSION = data(record({"id": ID, "status": ACCOUNT_STATUS, "suspended": FLAG}))
LIMITED = data(record({"id": ID, "limited": FLAG}))
VERIFIED = data(record({"id": ID, "verified": FLAG}))
ROLES_ASSIGNED = data(record({"id": ID, "roles": ROLES}))

_REPORT_ID: Schema = {
    "type": "string",
    "pattern": "^(user|tweet)-[0-9]{1,19}$",
    "examples": ["tweet-1346889436626259968"],
}
_REPORT_STATUS = choice("open", "claimed", "resolved")
_CATEGORY = choice(*CATEGORIES)
_OUTCOME = choice("violation", "no_violation")
_REPORT_MEMBERS: dict[str, Schema] = {
    "id": _REPORT_ID,
    "status": _REPORT_STATUS,
    "report_count": COUNT,
    "categories": array(_CATEGORY, minItems=1),
}
_REPORT_OPTIONAL: dict[str, Schema] = {
    "user_id": ID,
    "tweet_id": ID,
    "opened_at": MOMENT,
    "claimed_by": ID,
    "outcome": _OUTCOME,
}
REPORT = component(
    "Report", "A user or tweet that was reported.", _REPORT_MEMBERS, _REPORT_OPTIONAL
)
REPORT_CASE = component(
    "ReportCase",
    "A user or tweet that was reported, with what its reporters say.",
    {
        **_REPORT_MEMBERS,
        "reports": array(record({"category": _CATEGORY, "comment": TEXT, "created_at": MOMENT})),
    },
    _REPORT_OPTIONAL,
)
REPORT_PAGE = Component("ReportPage", page_of(REPORT))
REPORTED = data(record({"id": _REPORT_ID, "reported": constant(True)}))
REPORT_CLAIMED = data(record({"id": _REPORT_ID, "status": constant("claimed")}))
REPORT_RESOLVED = data(
    record({"id": _REPORT_ID, "status": constant("resolved"), "outcome": _OUTCOME})
)
