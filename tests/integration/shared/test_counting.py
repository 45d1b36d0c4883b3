"""Each record counts once: repeats, any borders, crashes, workers."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.checks.permissions import running
from shared.aws import dynamo
from shared.aws.counting import add_counts
from shared.aws.models import table_name
from shared.aws.seen_ring import STREAM_SECONDS, Ring, RingLimits
from shared.aws.streams import Change
from shared.base.process import process
from tests.faults import Killed, intercepted
from tests.platform import Platform

pytestmark = pytest.mark.integration

# Amounts of a record; zero adds nothing.
AMOUNTS = st.lists(st.sampled_from([1, 1, -1, 0]), min_size=1, max_size=9)
# A delivery: how many records; whether its success was noticed (else it comes again), it was
# given up afterwards (it never comes again), or its worker died before some call.
ENDS = st.one_of(st.sampled_from(["noticed", "repeated", "given up"]), st.integers(0, 4))
DELIVERIES = st.lists(st.tuples(st.integers(0, 1), st.integers(1, 5), ENDS), max_size=14)
# A ring of two entries is full all the time, one of a hundred never.
ROOMS = st.sampled_from([0, 2, 4, 100])
CALLS = ("BatchGetItem", "UpdateItem", "PutItem", "TransactWriteItems")


class Batch:
    """Lambda's stream event, as far as handlers look at it."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.records = records

    def to_dict(self) -> dict[str, Any]:
        return {"Records": self.records}


def record(name: str, amount: int) -> dict[str, Any]:
    body = {"Keys": {"id": {"S": name}}, "NewImage": {"amount": {"N": str(amount)}}}
    return {"eventID": name, "eventName": "INSERT", "dynamodb": body}


class Counters:
    """Two counters, which every record adds to."""

    def __init__(self) -> None:
        self.table = table_name("users", "counters")
        self.keys = [f"test-{secrets.token_hex(8)}" for _ in range(2)]

    def records(self, shard: str, amounts: list[int]) -> list[dict[str, Any]]:
        return [record(f"{self.keys[0]}-{shard}-{n}", one) for n, one in enumerate(amounts)]

    def count(self, records: list[dict[str, Any]]) -> int:
        def amounts(change: Change) -> list[tuple[str, str, int]]:
            return [(key, "tweets", (change.new or {})["amount"]) for key in self.keys]

        return add_counts(self.table, "id", Batch(records), amounts)

    def stored(self) -> list[dict[str, Any]]:
        found = dynamo.batch_get({self.table: [{"id": one} for one in self.keys]}, True)
        return sorted(found[self.table], key=lambda item: str(item["id"]))

    def values(self) -> list[int]:
        return [item.get("tweets", 0) for item in self.stored()] or [0, 0]


@contextmanager
def dying(calls: int) -> Iterator[None]:
    """Kill the worker at the call after so many."""
    left = [calls]

    def count(_: dict[str, Any]) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    with ExitStack() as stack:
        for operation in CALLS:
            stack.enter_context(intercepted("dynamodb", operation, count))
        yield


def deliver(count: Callable[[], object], end: str | int) -> bool:
    """Deliver a batch once; true if the checkpoint moves past it."""
    if isinstance(end, int):
        try:
            with dying(end):
                count()
        except Killed:
            return False
        return True
    count()
    return end != "repeated"


@given(st.tuples(AMOUNTS, AMOUNTS), DELIVERIES, ROOMS)
@settings(max_examples=60)
def test_any_borders_crashes_and_full_rings_count_each_record_once(
    platform: Platform,
    amounts: tuple[list[int], list[int]],
    deliveries: list[tuple[int, int, str | int]],
    room: int,
) -> None:
    counters = Counters()
    shards = [counters.records(str(n), one) for n, one in enumerate(amounts)]
    checkpoints = [0, 0]
    with process.limited(RingLimits(room)):
        for shard, size, end in deliveries:
            batch = shards[shard][checkpoints[shard] :][:size]
            if deliver(lambda batch=batch: counters.count(batch), end):  # type: ignore[misc]
                checkpoints[shard] += len(batch)
        for shard, checkpoint in enumerate(checkpoints):
            counters.count(shards[shard][checkpoint:])
            counters.count(shards[shard][checkpoint:])
    expected = sum(amounts[0]) + sum(amounts[1])
    assert counters.values() == [expected, expected]


@given(
    AMOUNTS,
    st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=8),
    st.tuples(ROOMS, ROOMS),
)
@settings(max_examples=25)
def test_a_ring_that_fills_and_empties_between_repeats(
    platform: Platform,
    amounts: list[int],
    deliveries: list[tuple[int, bool]],
    rooms: tuple[int, int],
) -> None:
    """A marked batch comes again when the ring has room, and back."""
    counters, checkpoint = Counters(), 0
    records = counters.records("0", amounts)
    for number, (size, noticed) in enumerate([*deliveries, (len(records), False)]):
        batch = records[checkpoint : checkpoint + size]
        with process.limited(RingLimits(rooms[number % 2])):
            counters.count(batch)
        checkpoint += len(batch) if noticed else 0
    with process.limited(RingLimits(100)):
        counters.count(records[checkpoint:])
    assert counters.values() == [sum(amounts)] * 2


@pytest.mark.parametrize(("room", "other"), [(0, 0), (0, 100), (100, 0), (100, 100)])
def test_two_workers_with_the_same_batch_count_it_once(
    platform: Platform, room: int, other: int
) -> None:
    """The second counts between any two calls of the first."""
    for calls in range(5):
        counters, left = Counters(), [calls]
        records = counters.records("0", [1, 1])

        def interrupt(_: dict[str, Any], left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == -1:
                with process.limited(RingLimits(other)):
                    counters.count(records)  # noqa: B023 (called within the loop's round)

        with process.limited(RingLimits(room)):
            with (
                intercepted("dynamodb", "UpdateItem", interrupt),
                intercepted("dynamodb", "TransactWriteItems", interrupt),
            ):
                counters.count(records)
            counters.count(records)
        assert counters.values() == [2, 2]


def test_a_ring_forgets_what_cannot_come_again(platform: Platform) -> None:
    counters = Counters()
    with process.limited(RingLimits(2)):
        counters.count(counters.records("0", [1, 1]))
        with process.clock.ahead(STREAM_SECONDS - 3600):
            counters.count(counters.records("1", [1, 1]))
            assert [item.get("marks") for item in counters.stored()] == [1, 1]
        with process.clock.ahead(STREAM_SECONDS + 3600):
            counters.count(counters.records("2", [1, 1]))
    assert [item.get("marks") for item in counters.stored()] == [1, 1]
    assert counters.values() == [6, 6]


def test_a_full_counter_is_one_write_unit(platform: Platform) -> None:
    from bench.units import item_size

    counters = Counters()
    for number in range(RingLimits().entries):
        counters.count(counters.records(str(number), [1]))
    (item, _) = counters.stored()
    assert len(Ring.of(item).entries) == RingLimits().entries and "marks" not in item
    names = "followers following tweets likes listed media most_recent recent_seen marked_at marks"
    largest = dict.fromkeys(names.split(), 10**18 - 1)
    assert item_size(dynamo.encode_item({**item, **largest, "id": "1" * 19})) <= 1024


def test_every_reader_counts_with_full_rings(platform: Platform) -> None:
    author, reader = platform.register(), platform.register()
    tweet_id = author.tweet("count me")
    list_id = author.ok("POST", "/2/lists", {"name": "Some"})["data"]["id"]
    platform.settle()
    crawled = {
        "eventID": secrets.token_hex(8),
        "eventName": "MODIFY",
        "dynamodb": {
            "Keys": dynamo.encode_item({"shard": f"{secrets.token_hex(8)}#0", "url_digest": "d"}),
            "OldImage": dynamo.encode_item({"state": "queued"}),
            "NewImage": dynamo.encode_item({"state": "failed", "parent": "", "new_links": 1}),
        },
    }
    with process.limited(RingLimits(0)):
        reader.ok("POST", f"/2/users/{reader.id}/likes", {"tweet_id": tweet_id})
        reader.tweet("an answer", reply={"in_reply_to_tweet_id": tweet_id})
        reader.follow(author)
        author.ok("POST", f"/2/lists/{list_id}/members", {"user_id": reader.id})
        with running("crawler", "follow_crawl_visited"):
            platform.modules["crawler"].follow_crawl_visited({"Records": [crawled]}, None)
        platform.settle()
    path = f"/2/tweets/{tweet_id}?tweet.fields=public_metrics"
    tweet = author.ok("GET", path)["data"]["public_metrics"]
    assert (tweet["like_count"], tweet["reply_count"]) == (1, 1)
    user = author.ok("GET", f"/2/users/{author.id}?user.fields=public_metrics")["data"]
    assert user["public_metrics"]["followers_count"] == 1
    shown = author.ok("GET", f"/2/lists/{list_id}?list.fields=member_count")["data"]
    assert shown["member_count"] == 1
