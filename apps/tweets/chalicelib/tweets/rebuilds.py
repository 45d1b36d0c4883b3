"""Rebuilds of the tweets domain's derived tables."""

from chalicelib.tweets.core.names import DOMAIN
from chalicelib.tweets.heads import rebuild
from chalicelib.tweets.posting import planned_items, timer_actions
from chalicelib.tweets.timelines import fanout

from shared.aws.rebuilds import Rebuild, Way

REBUILDS: dict[str, Way] = {
    "timelines": (
        "A reader's next home page reads the heads of the followed authors and asks for the "
        "entries to be filled in again."
    ),
    # Authors who were switched longer ago than switches are kept are judged anew within days.
    "heads": (
        Rebuild(DOMAIN, "tweets", rebuild.merge_tweets),
        Rebuild(DOMAIN, "switches", rebuild.restore_modes),
    ),
    "switches": (Rebuild(DOMAIN, "heads", rebuild.announce_again),),
    "mentions": (Rebuild(DOMAIN, "tweets", fanout.file_mentions_again),),
    "timers": (
        Rebuild(DOMAIN, "planned", planned_items.set_timers_again),
        Rebuild(DOMAIN, "tweets", timer_actions.set_polls_again),
    ),
    # Sums alone, which `scripts.ops.repair` makes of the items that they count. Views are
    # counted as they happen, and nowhere else.
    "counters": (),
}
