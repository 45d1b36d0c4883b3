"""The beginning of an inbox: its counter and newest entries, from a cache.

Open pages read both every time and change them rarely. With ``CACHE_URL`` a warm first page
reads no table but those of actors; without it nothing is cached, as another process's change
would not be seen.
"""

from dataclasses import dataclass

from chalicelib.notifications.core import cache
from chalicelib.notifications.inbox import entries

from shared.aws.dynamo import Item
from shared.base.config import settings

# One more than a page reads for its groups, which shows that there is another page.
KEPT = 151


@dataclass(frozen=True)
class Newest:
    """Counter of an inbox, and its newest entries if they were read.

    Attributes:
        entries: at most `KEPT`, newest first; ``None`` where nothing is cached.
    """

    user_id: str
    unread: int
    generation: int
    entries: list[Item] | None = None

    def page(self, before: str | None, limit: int) -> list[Item]:
        """See `entries.page`; answers from the newest entries if they suffice."""
        held = self.entries
        if held is not None:
            older = [item for item in held if before is None or item["id"] < before]
            # Fewer than kept are all that there are.
            if len(older) >= limit or len(held) < KEPT:
                return older[:limit]
        return entries.page(self.user_id, before, limit)


def of(user_id: str, *, first_page: bool) -> Newest:
    """Return the beginning of an inbox.

    Calls: none if cached, else 1 GetItem; before a first page that will be cached also
    1 consistent Query, after which the page needs no other.
    """
    found = cache.inboxes().get(user_id)
    if found is not None:
        return Newest(user_id, found["unread"], found["generation"], found["entries"])
    unread, generation = entries.counter(user_id)
    if not first_page or not settings().cache_url:
        return Newest(user_id, unread, generation)
    # Consistent: a change that was marked before this read must be in what is kept.
    held = entries.page(user_id, None, KEPT, consistent=True)
    value = {"unread": unread, "generation": generation, "entries": held}
    cache.inboxes().fill(user_id, value)
    return Newest(user_id, unread, generation, held)
