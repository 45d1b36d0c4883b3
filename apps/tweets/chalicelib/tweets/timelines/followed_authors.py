"""Followed authors of one reader, and the delivery modes of each.

A page needs of each followed author the pushed entries, the head, or both:

- the heads of authors in pull mode, and of those whose mode is not known yet;
- for all others the pushed entries, down to the id from which on pushes are known to be
  complete (`ReaderState.covered_from`), and below it the head as well.

Reading a head that was not needed does no harm: everything is merged by id.
"""

from collections.abc import Mapping
from dataclasses import replace

from chalicelib.tweets.heads import recent_switches
from chalicelib.tweets.heads.heads import Head
from chalicelib.tweets.timelines import entries, reader_state
from chalicelib.tweets.timelines.following import Following, is_list
from chalicelib.tweets.timelines.reader_state import ReaderLimits, ReaderState

from shared.base.ids import first_id_at, time_ms
from shared.base.process import process

# Authors followed since modes were looked up: with more of them, modes are looked up again.
_MANY_UNKNOWN = 10


class FollowedAuthors:
    """The authors that one reader follows, for one request.

    Nothing here looks at each of them, once pushes to the reader arrive.

    Args:
        following: the reader's relations.
        now: Unix milliseconds.

    Attributes:
        shown: authors whose tweets the timeline shows, with the moment (ms) since which at
            latest they are followed: everybody followed whom the reader does not mute or block.
    """

    def __init__(self, following: Following, now: int) -> None:
        self._now = now
        self._following = following
        self.shown: Mapping[str, int] = following.shown
        self._stored: ReaderState | None = None
        self._reader: ReaderState | None = None
        self._pulled: dict[str, int] = {}
        self._unknown: set[str] = set()
        self._modes_known = False

    @property
    def has_arrived(self) -> bool:
        """True once the reader's state is known."""
        return self._reader is not None

    @property
    def reader(self) -> ReaderState:
        """State of the reader, who has arrived."""
        assert self._reader is not None
        return self._reader

    @property
    def pushes_arrive(self) -> bool:
        """True once pushes to the reader are known to arrive.

        A rebuild does nothing before.
        """
        return self._now >= self.reader.since

    def arrive(self, user_id: str, stored: ReaderState | None) -> None:
        """Take the reader's stored state, and bring its modes up to date.

        Calls: mostly one Query for new switches, unless the process read them seconds ago.
        """
        self._stored = stored
        # Many read one list: what is pushed to anybody is pushed to it.
        self._reader = reader_state.on_arrival(
            user_id, stored, self._now, frequent=is_list(user_id)
        )
        looked_up = self._reader.modes_at - process.limits(ReaderLimits).settle_ms
        switches = None
        if self._reader.modes_at:
            switches = recent_switches.switches().of(self._following.followed.keys(), looked_up)
        if switches is None:
            # Never looked up, or so long ago that the list of switches would be dearer.
            self._reader = replace(self._reader, modes_at=0, pulled={})
            self._unknown = set(self._following.followed)
            return
        self._pulled = self._reader.pulled_after(switches)
        self._unknown = set(self._following.followed_since(looked_up))

    def pulled_authors(self, lowest: int) -> set[str]:
        """Return authors whose tweets from an id on may only be in heads.

        They are or were pulled, or their mode is unknown.
        """
        return self._unknown | {
            author_id
            for author_id, until in self._pulled.items()
            if author_id in self.shown and (not until or until > lowest)
        }

    def uncovered_authors(self, lowest: int, pulled: set[str]) -> set[str]:
        """Return others whose pushed tweets from an id on may be missing."""
        if self.reader.covered_from(0, self._now) > lowest:
            return self.shown.keys() - pulled
        settled = time_ms(lowest) - process.limits(ReaderLimits).settle_ms
        suspects = (one for one in self._following.followed_since(settled) if one in self.shown)
        return {
            one
            for one in suspects
            if one not in pulled and self.reader.covered_from(self.shown[one], self._now) > lowest
        }

    def learn_modes(self, heads: Mapping[str, Head]) -> None:
        """Take the modes of authors whose heads were read (no call).

        Once per request: the first round has read all heads of unknown modes.

        Args:
            heads: by author; those of all authors whose modes are unknown are there.
        """
        if self._modes_known:
            return
        self._modes_known = True
        reader, stored = self.reader, self._stored
        first_today = stored is None or stored.active_day != reader.active_day
        if not (first_today or not reader.modes_at or len(self._unknown) > _MANY_UNKNOWN):
            return
        expired = first_id_at(self._now - entries.RELIABLE_MS)
        pulled = {
            one: until
            for one, until in self._pulled.items()
            if one in self._following.followed and (not until or until > expired)
        }
        for author_id in self._unknown:
            if modes := heads[author_id].modes:
                first, mode = modes[-1]
                pulled[author_id] = reader.pulled_until(mode, first)
        self._reader = replace(reader, modes_at=self._now, pulled=pulled)
        self._unknown, self._pulled = set(), pulled

    def save_reader(self) -> None:
        """Write the reader's arrival and the modes (one update), if they changed."""
        if self._modes_known:
            reader_state.save(self._stored, self.reader)
