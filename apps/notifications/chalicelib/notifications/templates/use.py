"""Templates of notifications: checked first, rendered at sending."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.notifications.access.callers import KEY
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.templates import documents, store
from chalicelib.notifications.templates.documents import Document, Texts
from chalicelib.notifications.templates.sandbox import TemplateError

from shared.base.config import settings
from shared.base.errors import Problem, invalid_request

# Owner of what administrators write; every caller may use these.
PLATFORM = "platform"
# Of a notification, with the content's other members below an item of 100 KB.
MAX_DATA = 32_000


def owner_of(sender_id: str | None) -> str:
    """Return the owner of a sender's templates: an API key has its own."""
    return sender_id if sender_id and sender_id.startswith(KEY) else PLATFORM


def prepare(
    sender_id: str | None, name: str, data: Mapping[str, Any], locale: str | None = None
) -> str:
    """Check a template with its data; return the reference to keep.

    It is rendered for a recipient without a name in each locale that a recipient may have, so
    that what cannot be sent is refused at once. The version is fixed: a later one does not
    change what was accepted.

    Args:
        locale: the notification's own; ``None`` leaves it to the recipients.

    Raises:
        Problem: 400: there is no such published template, it is archived, or it cannot be
            rendered with the data.
    """
    if len(json.dumps(data)) > MAX_DATA:
        raise invalid_request(f"The data is longer than {MAX_DATA} characters.")
    found = _published(owner_of(sender_id), name)
    if found is None:
        raise invalid_request("There is no such published template.", template=name)
    reference, document = found
    values = context(data, Contact("0"))
    try:
        for tag in [locale] if locale else document["locales"]:
            documents.render(document, values, tag)
    except TemplateError as error:
        raise problem(error, name) from error
    return reference


def rendered(
    reference: str, data: Mapping[str, Any], locale: str | None, recipient: Contact
) -> Texts:
    """Render a stored template for a recipient.

    Args:
        reference: from `prepare`.

    Raises:
        TemplateError: there is no such template, or it fails for this recipient.
    """
    owner_id, _, rest = reference.rpartition("/")
    name, _, number = rest.rpartition("@")
    known = number.isascii() and number.isdigit()
    document = store.version(owner_id, name, int(number)) if known else None
    if document is None:
        raise TemplateError("There is no such published template.")
    return documents.render(document, context(data, recipient), locale)


def preview(document: Document, data: Mapping[str, Any], locale: str | None) -> dict[str, Any]:
    """Return the rendered parts of a document for the API.

    Raises:
        Problem: 400: it cannot be rendered with the data.
    """
    recipient = Contact("0", username="ada", name="Ada")
    try:
        texts = documents.render(document, context(data, recipient), locale)
    except TemplateError as error:
        raise problem(error) from error
    used, _ = documents.parts_for(document, locale)
    shown = {"locale": used, **vars(texts)}
    return {name: value for name, value in shown.items() if value is not None}


def context(data: Mapping[str, Any], recipient: Contact) -> dict[str, Any]:
    """Return a template's variables: data, recipient, platform."""
    return {
        **data,
        "recipient": {"name": recipient.name or "", "username": recipient.username or ""},
        "platform": {"name": "Rookery", "url": settings().public_url},
    }


def problem(error: TemplateError, name: str = "") -> Problem:
    """Return the 400 that tells what is wrong with a template."""
    return invalid_request(str(error), **({"template": name} if name else {}))


def _published(owner_id: str, name: str) -> tuple[str, Document] | None:
    """Template of an owner, or else of the platform.

    Raises:
        Problem: 400: it is archived.
    """
    for owner in dict.fromkeys((owner_id, PLATFORM)):
        head = store.published(owner, name)
        if head is None or head.version is None:
            continue
        if head.archived_at is not None:
            raise invalid_request("The template is archived; restore it first.", template=name)
        document = store.version(owner, name, head.version)
        if document is not None:
            return f"{owner}/{name}@{head.version}", document
    return None
