"""Remove entries of unfollowed and blocked authors from timelines.

Reads filter by the current relation, so nothing depends on it: it spares pages
from reading over dead entries.
"""

from chalicelib.tweets.timelines import entries

from shared.aws.events import Event
from shared.base.clock import parse_iso
from shared.base.ids import first_id_at
from shared.contracts import graph

# The newest entries; deeper ones go when they expire.
_MOST = 400


def remove_entries(event: Event) -> None:
    """Remove the newest entries of an author whom the user unfollowed.

    Calls: one read, one Query, and the deletions.

    Only those from before the event: a user who follows again meanwhile pulls tweets
    older than the new follow, and gets the newer ones pushed.
    """
    user_id, target_id = event.data["user_id"], event.data["target_id"]
    if graph.relations(user_id, [target_id])[target_id].following:
        return
    newest = first_id_at(parse_iso(event.time))
    items = entries.read(user_id, 1, newest, _MOST)
    entries.delete((user_id, item["position"]) for item in items if item["author_id"] == target_id)
