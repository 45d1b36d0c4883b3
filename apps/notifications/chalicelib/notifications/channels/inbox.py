"""The inbox inside the platform: our own table, so exactly once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.notifications.contacts import directory
from chalicelib.notifications.contacts.port import Contact
from chalicelib.notifications.core import names
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.core.message import PermanentFailure
from chalicelib.notifications.history import ledger, states
from chalicelib.notifications.inbox import deliveries, withdrawing
from chalicelib.notifications.templates.rendering import render


def deliver(contents: Sequence[Content]) -> Mapping[int, Exception]:
    """Put notifications into inboxes, each once.

    Returns:
        failures that may pass, by the index of their notification.
    """
    shown: dict[int, Content] = {}
    failures: dict[int, Exception] = {}
    for index, content in enumerate(contents):
        try:
            shown[index] = _with_texts(content)
        except PermanentFailure as failure:
            key = ledger.target_key(names.INBOX)
            ledger.record(content.id, key, states.FAILED, failure.reason)
        except Exception as failure:
            failures[index] = failure
    places = list(shown)
    failed = deliveries.add(list(shown.values()))
    failures |= {places[place]: failure for place, failure in failed.items()}
    there = [index for index in places if index not in failures]
    late = withdrawing.withdraw_gone([contents[index] for index in there])
    return {**failures, **{there[place]: failure for place, failure in late.items()}}


def _with_texts(content: Content) -> Content:
    """Return a notification with the texts that its template gives.

    Raises:
        PermanentFailure: the template fails.
    """
    if content.template is None:
        return content
    recipient = directory.store().find(content.user_id) or Contact(content.user_id)
    rendered = render(content, names.INBOX, recipient)
    return replace(content, title=rendered.title, text=rendered.text, url=rendered.url)
