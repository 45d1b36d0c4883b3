"""Exports: what is kept of a user, and of an outside contact."""

from collections.abc import Sequence
from typing import Any

from chalicelib.notifications.channels import parallel
from chalicelib.notifications.channels.targets import digest
from chalicelib.notifications.contacts import (
    consents,
    devices,
    directory,
    outside,
    phones,
    suppressions,
)
from chalicelib.notifications.core import names
from chalicelib.notifications.core.models import NOTIFICATIONS, UNLISTED
from chalicelib.notifications.history import ledger, notifications, requests, status
from chalicelib.notifications.inbox import entries
from chalicelib.notifications.planning import preferences
from chalicelib.notifications.topics import subscribers

from shared.aws.dynamo import Item
from shared.aws.walks import Position
from shared.base.clock import iso
from shared.contracts import exporting

Page = tuple[list[Item], Position | None]

# Notifications of a slice; the deliveries of each take a Query.
_PAGE = 200
_FIELDS = ("id", "type", "actor_id", "tweet_id", "crawl_id", "title", "text", "url")


def inbox(user_id: str, position: Position | None) -> Page:
    """Notifications in the inbox with their deliveries, newest first."""
    found = entries.page(user_id, position["before"] if position else None, _PAGE)
    shown = [item for item in found if not entries.is_withdrawn(item)]
    items = [
        {
            **{name: item[name] for name in _FIELDS if item.get(name) is not None},
            "created_at": iso(item["created_at"]),
            "deliveries": told,
        }
        for item, told in zip(shown, _deliveries(user_id, shown), strict=True)
    ]
    return items, {"before": found[-1]["id"]} if len(found) == _PAGE else None


def other_notifications(user_id: str, position: Position | None) -> Page:
    """Notifications that no inbox lists, sent or received, with deliveries."""
    page = NOTIFICATIONS.page(
        "#unlisted_id = :user" + (" AND #id > :after" if position else ""),
        {"user": user_id, "after": position["after"] if position else None},
        index=UNLISTED,
        limit=_PAGE,
    )
    ids = [item["id"] for item in page.items]
    found = notifications.find_many(ids) if ids else {}
    shown = [found[one] for one in ids if one in found]
    told = _deliveries(user_id, [{"id": one.id} for one in shown])
    items = [
        {**requests.summary(one), "type": one.type, "data": one.data, "deliveries": sent}
        for one, sent in zip(shown, told, strict=True)
    ]
    return items, {"after": ids[-1]} if len(ids) == _PAGE else None


def _deliveries(user_id: str, found: Sequence[Item]) -> list[list[dict[str, Any]]]:
    """Return the deliveries of each notification (1 Query per one)."""
    read = parallel.each(ledger.entries, [one["id"] for one in found])
    told = []
    for one in read:
        if isinstance(one, Exception):
            raise one
        told.append([status.document(user_id, entry) for entry in one])
    return told


def own_topics(user_id: str, _: Position | None) -> Page:
    """Topics of outside callers that the user is subscribed to."""
    return [{"topic": one} for one in subscribers.topics_of(user_id)], None


def contact(user_id: str, _: Position | None) -> Page:
    """Addresses and names: the present, the pending and the former address."""
    store = directory.store()
    found = store.find(user_id)
    more = {
        "pending_email": store.find_pending(user_id),
        "former_email": store.find_former(user_id),
    }
    told = {name: address for name, address in more.items() if address is not None}
    return [{**vars(found), **told}] if found else [], None


def own_devices(user_id: str, _: Position | None) -> Page:
    """Devices with their addresses, without their secrets."""
    found = devices.store().of(user_id)
    return [
        {
            "id": one.id,
            "platform": one.platform,
            "address": one.address,
            "registered_at": iso(one.registered_at),
            "created_at": iso(one.created_at),
        }
        for one in found
    ], None


def own_phone(user_id: str, _: Position | None) -> Page:
    """Verified and waiting phone number."""
    found = phones.store().find(user_id)
    if found is None:
        return [], None
    verified_at = iso(found.verified_at) if found.verified_at else None
    return [{"phone": found.number, "verified_at": verified_at, "pending": found.pending}], None


def own_consents(user_id: str, _: Position | None) -> Page:
    """Consents and withdrawals, newest first."""
    found = consents.store().of(user_id)
    return [{**vars(one), "at": iso(one.at)} for one in found], None


def own_preferences(user_id: str, _: Position | None) -> Page:
    """Preferences of each category and channel, quiet hours, digests."""
    return [preferences.show(user_id)], None


def own_suppressions(user_id: str, _: Position | None) -> Page:
    """Addresses of the user to which nothing is sent."""
    contact, phone = directory.store().find(user_id), phones.store().find(user_id)
    return suppressed(contact.email if contact else None, phone.number if phone else None), None


def suppressed(email: str | None, phone: str | None) -> list[Item]:
    """Return suppressions of a recipient's addresses: reason, time."""
    found = []
    for channel, address in ((names.EMAIL, email), (names.SMS, phone)):
        entry = suppressions.store().entry(channel, digest(address)) if address else None
        if entry is not None:
            found.append({"channel": channel, "reason": entry[0], "at": iso(entry[1])})
    return found


def outside_contact(recipient_id: str) -> dict[str, Any]:
    """Return all that is kept of an outside contact, except notifications.

    Raises:
        Problem: 404 for an unknown one.
    """
    shown = outside.get(recipient_id)
    told = [
        {"channel": one.channel, "at": iso(one.at), "granted": one.granted, "source": one.source}
        for one in consents.store().of(recipient_id)
    ]
    return {
        "contact": shown,
        "preferences": preferences.show(recipient_id),
        "consents": told,
        "suppressions": suppressed(shown.get("email"), shown.get("phone")),
        "topics": subscribers.topics_of(recipient_id),
        "devices": own_devices(recipient_id, None)[0],
    }


SECTIONS: dict[str, exporting.Section] = {
    "inbox": inbox,
    "other-notifications": other_notifications,
    "topics": own_topics,
    "contact": contact,
    "devices": own_devices,
    "phone": own_phone,
    "consents": own_consents,
    "suppressions": own_suppressions,
    "preferences": own_preferences,
}
walk = exporting.walk(names.DOMAIN, SECTIONS)
