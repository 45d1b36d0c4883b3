"""Fill a reader's timeline from the heads of followed authors.

A reader who returns, or is new, never finds an empty page: pages pull the heads
of all followed authors until pushes are known to arrive. Then the newest
entries are written into the timeline once, in the background, and pages need
the heads no more. Entries have keys of their own: two rebuilds at once,
pushes and pages meanwhile make the same entries.
"""

from dataclasses import dataclass
from itertools import takewhile

from chalicelib.tweets.core import names
from chalicelib.tweets.heads import store
from chalicelib.tweets.pipeline.skeletons import NO_KINDS, merge
from chalicelib.tweets.pipeline.window import Window
from chalicelib.tweets.timelines import entries, following, reader_state
from chalicelib.tweets.timelines.head_skeletons import of_heads

from shared.aws.events import offer
from shared.base.clock import now_ms
from shared.base.ids import MAX_ID
from shared.base.process import Cache, process


@dataclass(frozen=True)
class RebuildLimits:
    """Bounds of rebuilt timelines.

    Attributes:
        heads: above this many extra head reads a rebuild is cheaper than reading them on
            every page.
        entries: two pages of a hundred: as many writes as a few pages of two hundred heads
            cost reads.
        lag_ms: heads may lag behind tweets by so much, so a rebuild shows that moment.
    """

    heads: int = 20
    entries: int = 200
    lag_ms: int = 30_000


# Readers for whom this process requested a rebuild within ten minutes.
_requested: Cache[str, bool] = process.cache(20_000, 600)


def consider(user_id: str, extra_heads: int) -> None:
    """Request a rebuild (one message) if a page read many extra heads.

    A request that fails is no reason to refuse the page: a later one asks again.
    """
    if extra_heads <= process.limits(RebuildLimits).heads or not _requested.add(user_id, True):
        return
    if not offer(names.DOMAIN, names.MAINTENANCE_QUEUE, {"kind": "rebuild", "user_id": user_id}):
        _requested.pop(user_id)


def rebuild(user_id: str) -> None:
    """Fill a timeline with the newest tweets of all followed authors.

    Does nothing for a reader whose pushes do not arrive yet: a later page asks again.
    """
    limits = process.limits(RebuildLimits)
    state = reader_state.load(user_id)
    at = now_ms() - limits.lag_ms
    if state is None or at < state.since:
        return
    relations, graph_state = following.load(user_id)
    followed = relations.shown.keys() - graph_state.blockers
    if not followed:
        return
    heads = store.load(followed, fresh=True)
    store.build_missing(author for author, head in heads.items() if not head.version)
    window = Window(1, MAX_ID, limits.entries, "")
    found = merge(*of_heads(heads.values(), window, NO_KINDS, limits.entries))
    newest = found.entries[: limits.entries]
    more = len(found.entries) > limits.entries
    floor = int(newest[-1].tweet_id) if more else found.floor or 1
    lines = {
        line.position: (author, line.kind)
        for author, head in heads.items()
        for line in takewhile(lambda line: line.position >= floor, head.lines())
    }
    filled = []
    for one in newest:
        author_id, kind = lines[int(one.tweet_id)]
        filled.append(entries.entry(user_id, int(one.tweet_id), author_id, kind, one.retweeted_id))
    entries.put(filled)
    reader_state.note_rebuild(state, at, floor)
