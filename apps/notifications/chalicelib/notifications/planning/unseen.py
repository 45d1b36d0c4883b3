"""Notifications that their recipient has not read in the inbox."""

from collections.abc import Sequence

from chalicelib.notifications.core.content import Content
from chalicelib.notifications.inbox import entries


def still_unseen(recipient_id: str, contents: Sequence[Content]) -> list[Content]:
    """Return notifications that the recipient has not read, newest first.

    Those without an inbox entry, because their category is off there, are unseen.
    Calls: 1 GetItem of the counter, 1 BatchGetItem.
    """
    _, generation = entries.counter(recipient_id)
    read = {
        item["id"]
        for item in entries.find_many(recipient_id, [one.id for one in contents])
        if entries.is_read(item, generation)
    }
    left = [one for one in contents if one.id not in read]
    return sorted(left, key=lambda one: one.id, reverse=True)
