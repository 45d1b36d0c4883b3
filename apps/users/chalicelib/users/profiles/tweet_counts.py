"""Counters of users that follow from tweets' events.

Each event counts once: the counter remembers its id (`shared.aws.seen_ring`). The events of
one user in a batch are written together. A counter whose ring is full is written in a
transaction with a marker per event.

Every write is conditional on the counter as it was read, so `counted_events` can work out
the counter's new values.
"""

from collections.abc import Mapping, Sequence

from chalicelib.users.core.models import COUNTERS
from chalicelib.users.profiles import counted_events, pins

from shared.aws import expressions
from shared.aws.counting import ATTEMPTS, Contended, write_marked
from shared.aws.dynamo import Item
from shared.aws.events import Event
from shared.aws.seen_ring import MESSAGE_SECONDS, Ring, digest
from shared.aws.table import Outcome
from shared.base.backoff import pause
from shared.base.clock import now_seconds

# A user's events in a batch, by their index in it.
_Events = dict[int, Event]


def count(events: Sequence[Event]) -> Mapping[int, Exception]:
    """Add a batch of events to their users' counters.

    Calls: 1 consistent BatchGetItem; per user 1 conditional update. A deleted or edited
    tweet also updates the profile that pins it, and the newest tweet's deletion reads the
    one before it.

    Returns:
        failures by the index of their event.
    """
    by_user: dict[str, _Events] = {}
    for index, event in enumerate(events):
        by_user.setdefault(counted_events.user_of(event), {})[index] = event
    found = COUNTERS.get_many([{"id": user_id} for user_id in by_user], consistent=True)
    stored = {item["id"]: item for item in found}
    failures: dict[int, Exception] = {}
    for user_id, own in by_user.items():
        try:
            _count(user_id, own, stored.get(user_id, {}))
        except Exception as failure:
            failures |= dict.fromkeys(own, failure)
    return failures


def _count(user_id: str, events: _Events, item: Item) -> None:
    """Write the counter of one user.

    Raises:
        Contended: other events of this user were counted all the time.
    """
    for event in events.values():
        _replace_pinned(user_id, event)
    by_digest = {digest(event.id): event for event in events.values()}
    for attempt in range(ATTEMPTS):
        ring = Ring.of(item)
        fresh = {one: event for one, event in by_digest.items() if one not in ring}
        if ring.marked:
            fresh = _without_marked(fresh)
        if not fresh:
            return
        outcome = _write(user_id, fresh, item, ring)
        if outcome:
            return
        item = outcome.item or {}
        pause(attempt)
    raise Contended(user_id)


def _replace_pinned(user_id: str, event: Event) -> None:
    """Let the newest version of an edited tweet be pinned, a deleted one not."""
    if event.type == "tweet.edited":
        *former, newest = event.data["edit_history_tweet_ids"]
        pins.replace(user_id, former, newest)
    elif event.type == "tweet.deleted":
        versions = event.data.get("edit_history_tweet_ids", [event.data["tweet_id"]])
        pins.replace(user_id, versions, None)


def _write(user_id: str, fresh: Mapping[bytes, Event], item: Item, ring: Ring) -> Outcome:
    """Count events unless the counter changed; a refusal returns the counter."""
    key = {"id": user_id}
    sets, amounts = counted_events.changes(item, fresh.values())
    condition, read = ring.unchanged()
    seen = ring.with_digests(fresh, MESSAGE_SECONDS)
    if seen is not None:
        expression, values = expressions.change({**sets, "seen": seen}, amounts)
        return COUNTERS.update(key, expression, {**read, **values}, condition)
    now = now_seconds()
    expression, values = expressions.change({**sets, "marked_at": now}, {**amounts, "marks": 1})
    counted = COUNTERS.update_action(key, expression, {**read, **values}, condition)
    expires_at = now + MESSAGE_SECONDS
    markers = [{**_marker_key(event), "expires_at": expires_at} for event in fresh.values()]
    return write_marked(COUNTERS, key, counted, markers)


def _without_marked(events: Mapping[bytes, Event]) -> dict[bytes, Event]:
    """Return the events without a marker."""
    found = COUNTERS.get_many([_marker_key(one) for one in events.values()], consistent=True)
    marked = {marker["id"] for marker in found}
    return {one: e for one, e in events.items() if _marker_key(e)["id"] not in marked}


def _marker_key(event: Event) -> dict[str, str]:
    return {"id": f"event#{event.id}"}
