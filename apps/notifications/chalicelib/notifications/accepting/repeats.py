"""Events that tell nothing new: like, unlike, like is one.

The version of a like or a follow is 1 when it is made for the first time, so that the usual
event costs nothing here.
"""

from chalicelib.notifications.core.caused_ids import first_id
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.inbox import entries

from shared.aws.events import Event
from shared.base.clock import parse_iso

_WEEK_MS = 7 * 86_400_000
# Version of a like that was given, taken back and given again.
_AGAIN = 3


def without(event: Event, found: list[Content]) -> list[Content]:
    """Return the notifications of an event that tell something new.

    A like that was taken back and given again tells nothing: its item is of that like alone.
    Nobody heard of an imported like, so its first repetition is news. A relation also changes
    by mutes, so a follow is compared with the inbox of the last week: 1 Query of 500 entries at
    most, if it is not the relation's first version.
    """
    if event.version == 1:
        return found
    if event.type == "tweet.liked":
        return found if event.data.get("imported") and event.version <= _AGAIN else []
    if event.type != "user.followed":
        return found
    since = first_id(parse_iso(event.time) - _WEEK_MS)
    return [one for one in found if not _told(one, since)]


def _told(content: Content, since: str) -> bool:
    """True if an earlier entry of the inbox says the same."""
    earlier = entries.alike(content.user_id, content.type, content.actor_id or "", since)
    return any(item_id != content.id for item_id in earlier)
