"""What a reader unfollowed or blocked is taken out of their timeline in the background.

Reads filter by the current relation, so nothing depends on it: it spares pages
from reading over dead entries.
"""

from typing import Any

from chalicelib.tweets.core.models import TimelineEntry
from chalicelib.tweets.pages.skeletons import positions

from shared.aws import dynamo
from shared.aws.events import Event
from shared.base.clock import parse_iso
from shared.base.ids import first_id_at
from shared.contracts import graph

Item = dict[str, Any]

# The newest entries; what lies deeper goes when it expires.
SIZE = 400


def clear(event: Event) -> None:
    """Remove newest entries of somebody whom the user follows no more (one read, one Query).

    Only those from before the event: who follows again meanwhile pulls what is
    older than the new follow, and gets the newer ones pushed.
    """
    user_id, target_id = event.data["user_id"], event.data["target_id"]
    if graph.relations(user_id, [target_id])[target_id].following:
        return
    newest = first_id_at(parse_iso(event.time))
    table = TimelineEntry.Meta.table_name
    items = positions(table, None, "user_id", user_id, 1, newest, SIZE)
    keys = [
        {"user_id": user_id, "position": item["position"]}
        for item in items
        if item["author_id"] == target_id
    ]
    dynamo.batch_write(table, deletes=keys)
