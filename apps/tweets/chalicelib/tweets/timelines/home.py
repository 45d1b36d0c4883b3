"""The home timeline: entries pushed to the reader, merged with heads that are pulled.

Of each followed author, a page needs the pushed entries, the head, or both:

- authors in pull mode, and those whose mode is not known yet, by their heads;
- everybody else by what was pushed, from the id on from which pushes are known
  to be complete (`ReaderState.covered_from`); below it, by the head as well.

Reading a head that was not needed does no harm: everything is merged by id. A
page that reaches below a head reads the index by author.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace

from cachetools import TTLCache
from chalicelib.tweets.core.models import TimelineEntry
from chalicelib.tweets.heads import delivery_modes, store
from chalicelib.tweets.heads.heads import Head
from chalicelib.tweets.pages import recent_writes
from chalicelib.tweets.pages.skeletons import (
    OVERREAD,
    Item,
    Skeleton,
    Window,
    authored,
    cut,
    merged,
    of_items,
    positions,
)
from chalicelib.tweets.timelines import reader_state, rebuild
from chalicelib.tweets.timelines.head_skeletons import Depth, sources
from chalicelib.tweets.timelines.reader_state import ReaderState

from shared.base.clock import now_ms
from shared.base.ids import MAX_ID, first_id_at
from shared.contracts.graph import Relation

# So many heads beside those of pulled authors make a rebuild cheaper than reading them each time.
REBUILD_HEADS = 20
_REBUILD_PAUSE_SECONDS = 600
# Followed since the modes were looked up: with more of them, they are looked up again.
_MANY_UNKNOWN = 10

_asked: TTLCache[str, bool] = TTLCache(20_000, _REBUILD_PAUSE_SECONDS)
_lock = threading.Lock()


class Home:
    """One request for a reader's home timeline, page after page of skeletons.

    Args:
        relations: all of the reader's relations.
        without: kinds of tweets to leave out.
    """

    def __init__(
        self, user_id: str, relations: Mapping[str, Relation], without: frozenset[str]
    ) -> None:
        self._user_id, self._without = user_id, without
        self._now = now_ms()
        self._followed = {one: found for one, found in relations.items() if found.following}
        self._shown = {one: found for one, found in self._followed.items() if not found.hides}
        self._heads: dict[str, Head] = {}
        self._depth = Depth()
        self._state: ReaderState | None = None
        self._stored: ReaderState | None = None
        self._pulled: dict[str, int] = {}
        self._unknown: set[str] = set()

    def skeleton(self, bounds: Window) -> Skeleton:
        """The newest entries within the window, as far down as one page may read."""
        return self._depth.bounded(bounds, self._skeleton)

    def _skeleton(self, bounds: Window) -> Skeleton:
        items = self._entries(bounds)
        pushed = of_items(items, bounds.size + OVERREAD, self._without, self._shown)
        pulled = self._pulled_within(bounds, pushed)
        found = merged(pushed, self._own(bounds), *self._of_heads(pulled, bounds))
        found = cut(found, bounds.size + OVERREAD)
        missing = self._missing(found, bounds, pulled)
        if missing:
            found = merged(found, *self._of_heads(missing, bounds))
            self._consider_rebuild(len(missing))
        self._settle_state()
        return found

    @property
    def state(self) -> ReaderState:
        """The reader's state; known after the first skeleton."""
        assert self._state is not None
        return self._state

    def _entries(self, bounds: Window) -> list[Item]:
        """Pushed entries of followed authors, and at first the reader's state with them."""
        limit = bounds.size + OVERREAD
        table, newest = TimelineEntry.Meta.table_name, bounds.newest
        first = self._state is None
        with_state = first and newest == MAX_ID
        if with_state:
            newest, limit = reader_state.POSITION, limit + 1
        items = positions(table, None, "user_id", self._user_id, bounds.oldest, newest, limit)
        if first:
            stored: ReaderState | None
            if not with_state:
                stored = reader_state.load(self._user_id)
            elif items and items[0]["position"] == reader_state.POSITION:
                stored = reader_state.of_item(items.pop(0))
            else:
                stored, items = None, items[: limit - 1]
            self._arrive(stored)
        return items

    def _arrive(self, stored: ReaderState | None) -> None:
        self._stored = stored
        self._state = reader_state.arrived(self._user_id, stored, self._now)
        if self._state.modes_at:
            since = self._state.modes_at - reader_state.SETTLE_MS
            switches = delivery_modes.switches_since(since)
            self._pulled = self._state.updated(switches, self._followed)
        looked_up = self._state.modes_at - reader_state.SETTLE_MS
        self._unknown = {
            author_id
            for author_id, relation in self._followed.items()
            if not self._state.modes_at or relation.changed_at >= looked_up
        }

    def _pulled_within(self, bounds: Window, pushed: Skeleton) -> set[str]:
        """Authors whose heads hold tweets that were not pushed, above where the pushed ones end."""
        lowest = max(bounds.oldest, pushed.floor or 0)
        return self._unknown | {
            author_id
            for author_id, until in self._pulled.items()
            if author_id in self._shown and (not until or until > lowest)
        }

    def _missing(self, found: Skeleton, bounds: Window, pulled: set[str]) -> set[str]:
        """Authors of whose tweets above the page's end some were perhaps never pushed."""
        lowest = max(bounds.oldest, found.floor or 0)
        changed = {a: found.changed_at for a, found in self._shown.items() if a not in pulled}
        return self.state.uncovered(changed, lowest, self._now)

    def _of_heads(self, author_ids: set[str], bounds: Window) -> Iterable[Skeleton]:
        wanted = author_ids - self._heads.keys()
        if wanted:
            self._heads |= store.load(wanted)
        shown = [self._heads[one] for one in author_ids if one in self._shown]
        return sources(shown, bounds, self._without, self._depth)

    def _own(self, bounds: Window) -> Skeleton:
        """The reader's own tweets; the index may not have the newest yet, this process does."""
        stored = authored(self._user_id, bounds, self._without)
        return merged(
            stored, recent_writes.newest(self._user_id, bounds, self._without, stored.floor)
        )

    def _consider_rebuild(self, missing: int) -> None:
        """Have the timeline filled in the background, once pushes are known to arrive."""
        if missing <= REBUILD_HEADS or self._now < self.state.since:
            return
        with _lock:
            if self._user_id in _asked:
                return
            _asked[self._user_id] = True
        if not rebuild.ask(self._user_id):
            with _lock:
                _asked.pop(self._user_id, None)

    def _settle_state(self) -> None:
        """Write the arrival, and the modes of authors whose heads this request has read."""
        if self._state is None or self._stored is self._state:
            return
        state, stored = self._state, self._stored
        arrived = stored is None or stored.active_day != state.active_day
        if arrived or not state.modes_at or len(self._unknown) > _MANY_UNKNOWN:
            expired = first_id_at(self._now - reader_state.KEPT_MS)
            pulled = {
                one: until
                for one, until in self._pulled.items()
                if one in self._followed and (not until or until > expired)
            }
            for author_id in self._unknown:
                head = self._heads[author_id]
                if head.mode == "pull":
                    pulled[author_id] = 0
                elif head.modes:
                    pulled[author_id] = head.modes[-1][0]
            state = replace(state, modes_at=self._now, pulled=pulled)
            self._unknown, self._pulled = set(), pulled
        reader_state.store(stored, state)
        self._state = self._stored = state


def reset() -> None:
    """Forget whose timelines this process asked to rebuild."""
    with _lock:
        _asked.clear()
