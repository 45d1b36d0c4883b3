"""``/1/templates``: templates, their versions and previews."""

from typing import Any

from chalicelib.notifications.access.callers import Caller
from chalicelib.notifications.templates import documents, store, use
from chalicelib.notifications.templates.documents import LOCALE_PATTERN
from chalicelib.notifications.templates.sandbox import MAX_SOURCE, TemplateError
from chalicelib.notifications.templates.store import Head

from shared.auth.scopes import user_access
from shared.base.answers import page_of
from shared.base.clock import iso
from shared.base.components import COUNT, MOMENT, TEXT, component, data, record
from shared.base.errors import forbidden, invalid_request, not_found
from shared.base.validation import Schema
from shared.http.api import Api, Call

api = Api(__name__, "Notification templates")

READ = user_access("notifications.read", keys=("templates.read", "templates.write"))
WRITE = user_access("notifications.write", keys=("templates.write",))
_SOURCE: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_SOURCE}
_LOCALE: Schema = {"type": "string", "pattern": LOCALE_PATTERN, "examples": ["de-AT"]}
_VERSION: Schema = {"type": "integer", "minimum": 1, "maximum": store.MAX_VERSIONS}
_PARTS = record({"title": _SOURCE, "text": _SOURCE}, {"html": _SOURCE, "url": _SOURCE})
# A document is one item of DynamoDB, and its JSON one of its attributes.
_MAX_DOCUMENT = 150_000
_VARIABLES: Schema = {
    "type": "object",
    "description": "JSON Schema of the variables. Patterns and references are not available.",
}

_HEAD = {"name": TEXT}
_TIMES = {
    "version": {**COUNT, "description": "The published version; absent before the first."},
    "draft_at": {**MOMENT, "description": "Absent if there is no draft."},
    "published_at": MOMENT,
    "archived_at": {**MOMENT, "description": "Absent while the template is in use."},
}
SUMMARY = component("TemplateSummary", "A template in a list.", _HEAD, _TIMES)
TEMPLATE = component(
    "Template",
    "A template of notifications, in Jinja2. Texts use variables (`{{ name }}`), filters, `if` and "
    "`for`; `recipient.name`, `recipient.username`, `platform.name` and `platform.url` are always "
    "there. Values are escaped in the `html` part.",
    {
        **_HEAD,
        "default_locale": _LOCALE,
        "locales": {"type": "object", "additionalProperties": _PARTS},
    },
    {**_TIMES, "schema": _VARIABLES},
)
PREVIEW = component(
    "TemplatePreview",
    "A template rendered with data.",
    {"locale": TEXT, "title": TEXT, "text": TEXT},
    {"html": TEXT, "url": TEXT},
)


@api.endpoint(
    "GET",
    "/1/templates",
    access=READ,
    summary="List templates",
    answer=page_of(SUMMARY, record({"result_count": COUNT})),
    query={"archived": {"type": "boolean", "default": False}},
)
def list_templates(call: Call) -> dict[str, Any]:
    """List your templates by name, at most 200.

    With `archived` those that are not in use.
    """
    archived = call.query["archived"]
    heads = store.heads(owner(call))
    found = [summary(head) for head in heads if (head.archived_at is not None) == archived]
    meta = {"result_count": len(found)}
    return {"data": found, "meta": meta} if found else {"meta": meta}


@api.endpoint(
    "PUT",
    "/1/templates/{name}",
    access=WRITE,
    summary="Write the draft of a template",
    answer=data(TEMPLATE),
    body={
        "type": "object",
        "required": ["locales"],
        "properties": {
            "default_locale": {**_LOCALE, "default": "en"},
            "locales": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 40,
                "propertyNames": {"pattern": LOCALE_PATTERN},
                "additionalProperties": {**_PARTS, "additionalProperties": False},
            },
            "schema": _VARIABLES,
        },
        "additionalProperties": False,
    },
)
def put_template(call: Call) -> dict[str, Any]:
    """Write a template's draft, in place of the one before.

    It is used once it is published.

    Each part must compile, and use variables of the schema only, if there is one.
    """
    owner_id, name = owner(call), name_of(call)
    document = {"default_locale": "en", **call.body}
    if len(str(document)) > _MAX_DOCUMENT:
        raise invalid_request(f"The template is longer than {_MAX_DOCUMENT} characters.")
    try:
        documents.check(document)
    except TemplateError as error:
        raise use.problem(error, name) from error
    return {"data": {**summary(store.put_draft(owner_id, name, document)), **document}}


@api.endpoint(
    "GET",
    "/1/templates/{name}",
    access=READ,
    summary="Get a template",
    answer=data(TEMPLATE),
    query={"version": _VERSION},
)
def get_template(call: Call) -> dict[str, Any]:
    """Return a template's draft, or else its published version.

    `version` names another one.
    """
    head = store.head(owner(call), name_of(call))
    document = _document(call, head, call.query.get("version"))
    return {"data": {**summary(head), **document}}


@api.endpoint(
    "POST",
    "/1/templates/{name}/publish",
    access=WRITE,
    summary="Publish the draft of a template",
    answer=data(SUMMARY),
)
def publish_template(call: Call) -> dict[str, Any]:
    """Make the draft the next version, which is then used.

    Notifications that were accepted keep theirs.
    """
    return {"data": summary(store.publish(owner(call), name_of(call)))}


@api.endpoint(
    "POST",
    "/1/templates/{name}/preview",
    access=READ,
    summary="Preview a template",
    answer=data(PREVIEW),
    body={
        "type": "object",
        "properties": {
            "data": {"type": "object", "maxProperties": 200},
            "locale": _LOCALE,
            "version": _VERSION,
        },
        "additionalProperties": False,
    },
)
def preview_template(call: Call) -> dict[str, Any]:
    """Render a template with data; nothing is sent.

    It is the draft, or else the published version.

    A locale that the template does not have falls back to its language, then to the default.
    """
    head = store.head(owner(call), name_of(call))
    document = _document(call, head, call.body.get("version"))
    return {"data": use.preview(document, call.body.get("data", {}), call.body.get("locale"))}


def _document(call: Call, head: Head, version: int | None) -> dict[str, Any]:
    """The wanted version; without one, the draft or else the published one.

    Raises:
        Problem: 404: there is no such version.
    """
    owner_id = owner(call)
    found = None
    if version is None and head.draft_at is not None:
        found = store.draft(owner_id, head.name)
    number = head.version if version is None else version
    if found is None and number is not None:
        found = store.version(owner_id, head.name, number)
    if found is None:
        raise not_found("template", f"{head.name}@{number}", "version")
    return dict(found)


def owner(call: Call) -> str:
    """Return the owner of the caller's templates.

    Raises:
        Problem: 403: the caller may not send notifications to others.
    """
    caller = Caller.of(call.principal)
    if not caller.to_others:
        raise forbidden("Templates are for those who may send notifications to others.")
    return use.owner_of(caller.id)


def name_of(call: Call) -> str:
    """Return the name of the template in the path.

    Raises:
        Problem: 400 for one that is malformed.
    """
    name = call.path["name"]
    if documents.NAME.fullmatch(name) is None:
        raise invalid_request(
            "A template's name has lower-case letters, digits, `_`, `.` and `-`.", name=name
        )
    return name


def summary(head: Head) -> dict[str, Any]:
    """Return a template as lists show it."""
    shown: dict[str, Any] = {"name": head.name}
    if head.version is not None:
        shown["version"] = head.version
    for name in ("draft_at", "published_at", "archived_at"):
        at = getattr(head, name)
        if at is not None:
            shown[name] = iso(at)
    return shown
