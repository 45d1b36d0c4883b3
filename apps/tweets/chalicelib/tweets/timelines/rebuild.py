"""Filling a reader's timeline from the heads of whom they follow.

Whoever returns, or is new, is never shown an empty page: pages pull the heads
of all followed authors until pushes are known to arrive. Then the newest
entries are written into the timeline once, in the background, and pages need
the heads no more. Entries are put under their own keys: two rebuilds at once,
pushes and pages meanwhile make the same entries.
"""

from itertools import takewhile
from typing import Any

from chalicelib.tweets.core.models import TimelineEntry
from chalicelib.tweets.heads import store
from chalicelib.tweets.pages.skeletons import NOTHING, Window, merged
from chalicelib.tweets.timelines import reader_state
from chalicelib.tweets.timelines.head_skeletons import of_heads

from shared.aws import dynamo
from shared.aws.events import offer
from shared.base.clock import now_ms, now_seconds
from shared.base.ids import MAX_ID
from shared.contracts import graph

Item = dict[str, Any]

# Two pages of a hundred: as many writes as a few pages of two hundred heads cost reads.
SIZE = 200
ENTRY_SECONDS = 30 * 24 * 3600
# Heads may lag behind tweets by so much: what was filled in is as of that long ago.
LAG_MS = 30_000


def ask(user_id: str) -> bool:
    """Have a timeline rebuilt (one message); whether that could be asked for."""
    return offer("tweets", "upkeep", {"kind": "rebuild", "user_id": user_id})


def rebuild(user_id: str) -> None:
    """Fill a timeline with the newest tweets of everybody followed.

    Does nothing for a reader whose pushes do not arrive yet: a later page asks again.
    """
    state = reader_state.load(user_id)
    at = now_ms() - LAG_MS
    if state is None or at < state.since:
        return
    followed = {
        target
        for target, relation in graph.relations_of(user_id).items()
        if relation.following and not relation.hides
    }
    if not followed:
        return
    heads = store.load(followed, fresh=True)
    store.ensure(author for author, head in heads.items() if not head.version)
    bounds = Window(1, MAX_ID, SIZE, "")
    found = merged(*of_heads(heads.values(), bounds, NOTHING, SIZE))
    entries = found.entries[:SIZE]
    floor = int(entries[-1].tweet_id) if len(found.entries) > SIZE else found.floor or 1
    authors = {
        line.position: (author, line.kind)
        for author, head in heads.items()
        for line in takewhile(lambda line: line.position >= floor, head.lines())
    }
    expires_at = now_seconds() + ENTRY_SECONDS
    puts = []
    for entry in entries:
        author_id, kind = authors[int(entry.tweet_id)]
        puts.append(
            {
                "user_id": user_id,
                "position": int(entry.tweet_id),
                "author_id": author_id,
                "kind": kind,
                "retweeted_tweet_id": entry.retweeted_id,
                "expires_at": expires_at,
            }
        )
    dynamo.batch_write(TimelineEntry.Meta.table_name, puts=puts)
    reader_state.filled(state, at, floor)
