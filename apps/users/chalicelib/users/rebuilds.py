"""Rebuilds of the users domain's derived tables."""

from chalicelib.users.core.names import DOMAIN
from chalicelib.users.profiles import search_index, tweet_counts

from shared.aws.rebuilds import Rebuild, Way

REBUILDS: dict[str, Way] = {
    "search": (Rebuild(DOMAIN, "users", search_index.index_again),),
    # After the sums, which `scripts.ops.repair` makes of the items that they count.
    "counters": (Rebuild("tweets", "tweets", tweet_counts.note_newest),),
    "attempts": "Failed log-ins are forgotten within the hour; without them limits start anew.",
}
