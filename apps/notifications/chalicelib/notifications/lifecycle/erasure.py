"""Erasure of an account: contact, inbox, deliveries, preferences.

The contact leaves a row without content, which late events about the same user cannot
fill again. An outside contact may be made anew before the walk has ended, under the same key:
its job carries the moment of the deletion, and what came later stays.
"""

from chalicelib.notifications.contacts import consents, devices, directory, phones
from chalicelib.notifications.core import names
from chalicelib.notifications.core.caused_ids import first_id
from chalicelib.notifications.core.models import NOTIFICATIONS, UNLISTED
from chalicelib.notifications.history import notifications
from chalicelib.notifications.inbox import entries
from chalicelib.notifications.planning import digests, preferences, throttles
from chalicelib.notifications.topics import subscribers

from shared.aws.events import send
from shared.aws.walks import Job, Position, Step, Walk
from shared.base.clock import now_ms
from shared.base.errors import not_found

# Notifications per slice; the deliveries of each take a Query.
SLICE = 100
# Later than everything: of an account, nothing stays.
_EVERYTHING = 2**48 - 2


def delete_contact(recipient_id: str) -> None:
    """Delete an outside contact; a walk erases what was sent to it.

    Raises:
        Problem: 404 for an unknown one.
    """
    if directory.store().find(recipient_id) is None:
        raise not_found("contact", recipient_id.split(":", 2)[2], "key")
    job: Job = {"user_id": recipient_id, "deleted_at": now_ms()}
    # First the walk, which repeats the rest: a crash in between leaves nothing behind.
    send(names.DOMAIN, names.ERASURES_QUEUE, [{"job": job, "step": "contact", "position": None}])
    # At once, so that whoever makes the contact anew does not inherit them.
    contact(job, None)
    preferences.remove(recipient_id, job["deleted_at"])


def contact(job: Job, position: Position | None) -> Position | None:
    """Erase addresses, names, devices, numbers and consents."""
    del position
    user_id, until = job["user_id"], _until(job)
    directory.store().forget(user_id, until)
    devices.store().forget(user_id, until)
    phones.store().remove(user_id)
    consents.store().forget(user_id, until)
    return None


def inbox(job: Job, position: Position | None) -> Position | None:
    """Erase inbox entries and their notifications; a slice finds the rest."""
    del position
    ids = [item["id"] for item in entries.page(job["user_id"], None, SLICE)]
    notifications.remove(job["user_id"], ids)
    # The entries lead to the notifications, so they go last.
    entries.remove(job["user_id"], ids)
    return {} if len(ids) == SLICE else None


def unlisted(job: Job, position: Position | None) -> Position | None:
    """Erase notifications that no inbox lists."""
    first = f"{position['after']}!" if position else "!"  # sorts below every digit
    page = NOTIFICATIONS.page(
        "#unlisted_id = :user AND #id BETWEEN :first AND :last",
        {"user": job["user_id"], "first": first, "last": first_id(_until(job) + 1)},
        index=UNLISTED,
        limit=SLICE,
    )
    ids = [item["id"] for item in page.items]
    notifications.remove(job["user_id"], ids)
    return {"after": ids[-1]} if len(ids) == SLICE else None


def subscriptions(job: Job, position: Position | None) -> Position | None:
    """End subscriptions to topics, in slices."""
    after = position.get("after") if position else None
    topics = subscribers.end(job["user_id"], after, SLICE, _until(job))
    return {"after": topics[-1]} if len(topics) == SLICE else None


def counter(job: Job, position: Position | None) -> Position | None:
    """Erase the unread count."""
    del position
    entries.remove_counter(job["user_id"])
    return None


def planning(job: Job, position: Position | None) -> Position | None:
    """Erase preferences, digests to come and counts of what was sent."""
    del position
    preferences.remove(job["user_id"], _until(job))
    digests.remove(job["user_id"], _until(job))
    throttles.remove(job["user_id"], _until(job))
    return None


def _until(job: Job) -> int:
    """Return the moment (Unix ms) up to which everything goes."""
    return int(job.get("deleted_at", _EVERYTHING))


STEPS: dict[str, Step] = {
    "contact": contact,
    "inbox": inbox,
    "unlisted": unlisted,
    "subscriptions": subscriptions,
    "counter": counter,
    "planning": planning,
}
walk = Walk(names.DOMAIN, names.ERASURES_QUEUE, STEPS)
