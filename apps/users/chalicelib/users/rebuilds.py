"""Rebuilds of the users domain's derived tables."""

from chalicelib.users.core.names import DOMAIN
from chalicelib.users.graph import rebuild as graph
from chalicelib.users.profiles import rebuild

from shared.aws.rebuilds import Rebuild, Way

REBUILDS: dict[str, Way] = {
    "search": (Rebuild(DOMAIN, "users", rebuild.index_again),),
    # After the sums, which `scripts.ops.repair` makes of the items that they count.
    "counters": (Rebuild("tweets", "tweets", rebuild.note_newest),),
    "graph": (
        Rebuild(DOMAIN, "follows", graph.follow_pairs),
        Rebuild(DOMAIN, "graph", graph.check_items),
    ),
    "attempts": "Failed log-ins are forgotten within the hour; without them limits start anew.",
}
