"""The exact count of unread entries, made again."""

from collections.abc import Iterator, Sequence

from chalicelib.notifications.core import cache
from chalicelib.notifications.core.models import COUNTERS, INBOX
from chalicelib.notifications.inbox.entries import is_read

from shared.aws.dynamo import Item


def recount(users: Sequence[Item]) -> None:
    """Count the unread entries of some users again.

    Which entries "mark all as read" has read only the counter tells, by its generation. Without
    one, the newest entry's is assumed. A counter that changes meanwhile stays as it is.
    """
    for user_id in (user["id"] for user in users):
        stored = COUNTERS.get({"user_id": user_id}, consistent=True)
        found = list(_of_newest_generation(user_id, (stored or {}).get("generation")))
        if stored is None and not found:
            continue
        generation = found[0]["generation"] if stored is None else stored["generation"]
        unread = sum(not is_read(item, generation) for item in found)
        if stored is None:
            COUNTERS.insert({"user_id": user_id, "unread": unread, "generation": generation})
        elif stored["unread"] != unread:
            COUNTERS.update(
                {"user_id": user_id},
                "SET #unread = :unread",
                {"unread": unread, "was": stored["unread"], "generation": generation},
                "#unread = :was AND #generation = :generation",
            )
        cache.inboxes().changed([user_id])


def _of_newest_generation(user_id: str, generation: int | None) -> Iterator[Item]:
    """Yield entries newest first, down to the first of an older generation."""
    values = {"user": user_id}
    for item in INBOX.query("#user_id = :user", values, descending=True, limit=500):
        generation = item["generation"] if generation is None else generation
        if item["generation"] < generation:
            return
        yield item
