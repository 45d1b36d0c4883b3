"""Rebuilds of the users domain's derived tables."""

from chalicelib.users.core.names import DOMAIN
from chalicelib.users.profiles import rebuild

from shared.aws.rebuilds import Rebuild, Way

REBUILDS: dict[str, Way] = {
    "search": (Rebuild(DOMAIN, "users", rebuild.index_again),),
    # After the sums, which `scripts.ops.repair` makes of the items that they count.
    "counters": (Rebuild("tweets", "tweets", rebuild.note_newest),),
    "attempts": "Failed log-ins are forgotten within the hour; without them limits start anew.",
}
