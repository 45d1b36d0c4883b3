"""Users' counters: repeated, reordered and interrupted batches of events."""

import json
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.checks.permissions import running
from shared.aws import dynamo
from shared.aws.events import Event
from shared.aws.models import table_name
from shared.aws.seen_ring import RingLimits
from shared.base import ids
from shared.base.process import process
from tests.faults import Killed, intercepted
from tests.platform import Platform

pytestmark = pytest.mark.integration

KINDS = ("tweet.liked", "tweet.unliked", "list.member_added", "tweet.created")
# Batches of events by number, with the call before which their worker dies.
BATCHES = st.lists(
    st.tuples(
        st.lists(st.integers(0, 7), min_size=1, max_size=5), st.one_of(st.none(), st.integers(0, 3))
    ),
    max_size=8,
)
ROOMS = st.sampled_from([0, 2, 4, 100])


def event(kind: str, user_id: str, number: int) -> Event:
    data: dict[str, Any] = {"tweet_id": str(number + 1), "author_id": user_id, "kind": "tweet"}
    if kind.startswith("list."):
        data = {"list_id": "5", "user_id": user_id}
    elif kind != "tweet.created":
        data = {"tweet_id": "7", "author_id": "8", "user_id": user_id}
    return Event.of("tweets", kind, f"{user_id}-{number}", 1, 0, data)


def counter(user_id: str) -> dict[str, Any]:
    table = table_name("users", "counters")
    found = dynamo.batch_get({table: [{"id": user_id}]}, consistent=True)[table]
    return found[0] if found else {}


def totals(user_id: str) -> tuple[int, ...]:
    found = counter(user_id)
    return tuple(found.get(name, 0) for name in ("likes", "listed", "tweets", "most_recent"))


def count(events: list[Event], end: int | None = None) -> None:
    """Count a batch; the worker dies before its call of that number."""
    from chalicelib.users.profiles import tweet_counts

    left = [99 if end is None else end]

    def die(_: dict[str, Any]) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    with ExitStack() as faults:
        for operation in ("BatchGetItem", "UpdateItem", "TransactWriteItems"):
            faults.enter_context(intercepted("dynamodb", operation, die))
        try:
            failures = tweet_counts.count(events)
        except Killed:
            return
    assert all(isinstance(one, Killed) for one in failures.values())
    assert end is not None or not failures


@given(BATCHES, ROOMS, ROOMS)
@settings(max_examples=40)
def test_events_count_once_in_any_order(
    platform: Platform, batches: list[tuple[list[int], int | None]], room: int, later: int
) -> None:
    one, two = ids.new_id(), ids.new_id()
    events = [event(KINDS[n % 4], one if n < 6 else two, n) for n in range(8)]
    for number, (chosen, end) in enumerate(batches):
        with process.limited(RingLimits((room, later)[number % 2])):
            count([events[n] for n in chosen], end)
    # Every message comes again until it was handled.
    for batch in (events, events[::-1]):
        with process.limited(RingLimits(later)):
            count(batch)
    assert totals(one) == (0, 1, 1, 4)
    assert totals(two) == (0, 1, 1, 8)


@pytest.mark.parametrize(("room", "other"), [(0, 0), (0, 100), (100, 0), (100, 100)])
def test_two_workers_with_one_event_count_it_once(
    platform: Platform, room: int, other: int
) -> None:
    from chalicelib.users.profiles import tweet_counts

    for calls in range(3):
        user_id, left = ids.new_id(), [calls]
        liked = event("tweet.liked", user_id, 1)

        def interrupt(_: dict[str, Any], liked: Event = liked, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == -1:
                with process.limited(RingLimits(other)):
                    assert not tweet_counts.count([liked])

        with process.limited(RingLimits(room)), ExitStack() as faults:
            for operation in ("UpdateItem", "TransactWriteItems"):
                faults.enter_context(intercepted("dynamodb", operation, interrupt))
            assert not tweet_counts.count([liked])
        assert totals(user_id)[0] == 1


def test_events_of_one_user_share_a_write(platform: Platform) -> None:
    from chalicelib.users.profiles import tweet_counts

    user_id = ids.new_id()
    updates: list[Any] = []
    with intercepted("dynamodb", "UpdateItem", updates.append):
        assert not tweet_counts.count([event(KINDS[n % 4], user_id, n) for n in range(8)])
    assert len(updates) == 1
    assert totals(user_id) == (0, 2, 2, 8)


def test_a_full_ring_leaves_markers_and_a_bad_message_fails_alone(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQS_PARTIAL_BATCH", "1")
    user_id = ids.new_id()
    bodies = [json.dumps(vars(event("tweet.liked", user_id, n))) for n in range(3)]
    records = [
        {"messageId": str(n), "body": body, "receiptHandle": ""}
        for n, body in enumerate([*bodies, "{}"])
    ]
    handler = platform.modules["users"].count_tweets
    for _ in range(2):
        with process.limited(RingLimits(2)), running("users", "count_tweets"):
            answer = handler({"Records": records}, SimpleNamespace())
        assert answer == {"batchItemFailures": [{"itemIdentifier": "3"}]}
    assert (totals(user_id)[0], counter(user_id)["marks"]) == (3, 1)
