"""Erasure of an account: contact, inbox, deliveries, preferences.

The contact leaves a row without content, which late events about the same user cannot
fill again.
"""

from chalicelib.notifications.contacts import consents, devices, directory, phones
from chalicelib.notifications.core import names
from chalicelib.notifications.core.models import NOTIFICATIONS, UNLISTED
from chalicelib.notifications.core.operation_models import BY_RECIPIENT, SUBSCRIPTIONS
from chalicelib.notifications.history import ledger
from chalicelib.notifications.inbox import entries
from chalicelib.notifications.planning import digests, preferences, throttles

from shared.aws.walks import Job, Position, Step, Walk

# Notifications per slice; the deliveries of each take a Query.
SLICE = 100


def contact(job: Job, position: Position | None) -> Position | None:
    """Erase addresses, names, devices, numbers and consents."""
    del position
    user_id = job["user_id"]
    directory.store().forget(user_id)
    devices.store().forget(user_id)
    phones.store().remove(user_id)
    consents.store().forget(user_id)
    return None


def inbox(job: Job, position: Position | None) -> Position | None:
    """Erase inbox entries and their notifications; a slice finds the rest."""
    del position
    ids = [item["id"] for item in entries.page(job["user_id"], None, SLICE)]
    _remove(ids)
    # The entries lead to the notifications, so they go last.
    entries.remove(job["user_id"], ids)
    return {} if len(ids) == SLICE else None


def unlisted(job: Job, position: Position | None) -> Position | None:
    """Erase notifications that no inbox lists."""
    after = position["after"] if position else "!"  # sorts below every digit
    page = NOTIFICATIONS.page(
        "#unlisted_id = :user AND #id > :after",
        {"user": job["user_id"], "after": after},
        index=UNLISTED,
        limit=SLICE,
    )
    ids = [item["id"] for item in page.items]
    _remove(ids)
    return {"after": ids[-1]} if len(ids) == SLICE else None


def subscriptions(job: Job, position: Position | None) -> Position | None:
    """End subscriptions to topics; a slice finds the rest."""
    del position
    page = SUBSCRIPTIONS.page(
        "#recipient_id = :user", {"user": job["user_id"]}, index=BY_RECIPIENT, limit=SLICE
    )
    keys = [{"topic": one["topic"], "recipient_id": job["user_id"]} for one in page.items]
    SUBSCRIPTIONS.batch_write(deletes=keys)
    return {} if len(keys) == SLICE else None


def counter(job: Job, position: Position | None) -> Position | None:
    """Erase the unread count."""
    del position
    entries.remove_counter(job["user_id"])
    return None


def planning(job: Job, position: Position | None) -> Position | None:
    """Erase preferences, digests to come and counts of what was sent."""
    del position
    preferences.remove(job["user_id"])
    digests.remove(job["user_id"])
    throttles.remove(job["user_id"])
    return None


STEPS: dict[str, Step] = {
    "contact": contact,
    "inbox": inbox,
    "unlisted": unlisted,
    "subscriptions": subscriptions,
    "counter": counter,
    "planning": planning,
}
walk = Walk(names.DOMAIN, names.ERASURES_QUEUE, STEPS)


def _remove(ids: list[str]) -> None:
    """Delete notifications and their deliveries."""
    for notification_id in ids:
        ledger.remove(notification_id)
    NOTIFICATIONS.batch_write(deletes=[{"id": notification_id} for notification_id in ids])
