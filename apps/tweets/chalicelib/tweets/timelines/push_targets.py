"""Readers to whom tweets are pushed, as a worker remembers them.

A worker reads a follower's state once and keeps it until the reader announces a change: that
they are back after a week, or read more or less than before. The announcement is written before
the state, and a worker knows of it within seconds. Pushes count only from a minute after the
change (`ReaderLimits.settle_ms`), so a memory that is seconds late loses no delivery.

What a worker reads from a replica that lags behind an announcement is corrected, too: each
refresh returns the announcements of the last minute once more.
"""

import threading

from chalicelib.tweets.core.announcements import Subscription
from chalicelib.tweets.timelines import reader_state
from chalicelib.tweets.timelines.reader_state import ReaderLimits, ReaderState

from shared.base.process import Cache, process

# Last active day by user, doubled, and one more for a frequent reader; 0 for users to whom
# nothing is pushed.
_remembered: Cache[str, int] = process.cache(200_000)
_lock = threading.Lock()
_changes = process.lazy(lambda: Subscription("readers"))
process.on_reset(_changes.forget)


def among(user_ids: list[str], *, frequent_only: bool = False) -> list[str]:
    """Return the users to whom tweets are pushed.

    Calls: one BatchGetItem per hundred users that this worker does not remember, and every few
    seconds one Query for changes.

    Args:
        frequent_only: of active readers, those who read often.
    """
    _forget_changed()
    oldest = 2 * (reader_state.today() - process.limits(ReaderLimits).active_days)
    known = _remembered.get_many(user_ids)
    # Readers who were active a week ago announce nothing if they stayed: their state says so.
    unknown = [one for one in user_ids if 0 < known.get(one, 1) < oldest]
    if unknown:
        states = reader_state.load_many(unknown)
        fresh = {one: _packed(states.get(one), oldest) for one in unknown}
        _remembered.put_many(fresh)
        known |= fresh
    return [one for one in user_ids if known[one] and (known[one] & 1 or not frequent_only)]


def forget() -> None:
    """Forget all readers, as a worker that has just started."""
    _remembered.clear()


def _forget_changed() -> None:
    with _lock:
        news = _changes().news()
        if news is None:
            return
        if not news.complete:
            _remembered.clear()
        for one in news.found:
            _remembered.pop(one.user_id)


def _packed(state: ReaderState | None, oldest: int) -> int:
    if state is None or 2 * state.active_day < oldest:
        return 0
    return 2 * state.active_day + bool(state.frequent_since)
