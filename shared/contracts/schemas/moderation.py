"""Schemas of the audit log, which every domain with moderators keeps."""

from shared.base.answers import page_of
from shared.base.components import ID, MOMENT, TEXT, Component, array, component, record
from shared.base.validation import Schema
from shared.contracts.moderation import CATEGORIES

AUDIT_ENTRY = component(
    "AuditEntry",
    "One act of a moderator or admin.",
    {"id": TEXT, "at": MOMENT, "actor_id": TEXT, "action": TEXT, "subject": TEXT, "reason": TEXT},
    {
        "detail": record(
            {},
            {
                "before": array(TEXT),
                "after": array(TEXT),
                "author_id": ID,
                "category": {"type": "string", "enum": list(CATEGORIES)},
            },
        )
    },
)
AUDIT_SUBJECT: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 60,
    "description": "Only acts on this subject.",
    "examples": ["user#2244994945"],
}
AUDIT_PAGE = Component("AuditPage", page_of(AUDIT_ENTRY))
