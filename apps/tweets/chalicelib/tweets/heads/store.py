"""Author heads in their table.

The stream worker writes them; pages read them through the cache.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from chalicelib.tweets.core import cache
from chalicelib.tweets.core.models import BY_AUTHOR, HEADS, TWEETS
from chalicelib.tweets.core.single_flight import SingleFlight
from chalicelib.tweets.heads import heads
from chalicelib.tweets.heads.heads import Head, HeadLimits, Line

from shared.aws.dynamo import Item
from shared.aws.streams import changes
from shared.base.ids import MAX_ID
from shared.base.process import Cache, process

T = TypeVar("T")
R = TypeVar("R")

_ATTEMPTS = 12
# Requests with many authors read so many indexes at a time.
_PARALLEL = 8

# Heads as this process wrote them last: the author's next change needs no read then.
written: Cache[str, Head] = process.cache(5_000)


class Contended(Exception):
    """Other workers kept changing a head; the stream's retry goes on."""


def follow_changes(stream_event: Any) -> None:
    """Bring a batch of changed tweets into heads and cache.

    Again or late is harmless: heads merge, and the cache keeps the higher version.
    """
    lines: dict[str, dict[int, Line]] = {}
    stored: list[Item] = []
    for change in changes(stream_event):
        tweet = change.new or {**(change.old or {}), "deleted": True}
        if "author_id" not in tweet:
            continue
        line = heads.line_of(tweet)
        lines.setdefault(tweet["author_id"], {})[line.position] = line
        if change.new is None:
            tweet = {**tweet, "version": tweet.get("version", 0) + 1}
        stored.append(tweet)
    cache.tweets().renew(stored)
    for author_id, found in lines.items():
        merge(author_id, found.values())


def merge(author_id: str, lines: Iterable[Line]) -> Head:
    """Add lines to a head.

    Calls: one conditional update, after a read when this process is cold.

    Raises:
        Contended: others kept changing the head.
    """
    wanted = list(lines)
    head = written.get(author_id)
    for _ in range(_ATTEMPTS):
        head = head or read(author_id)
        base = head if head.built else build(head)
        new = base.with_lines(wanted)
        if new is head:
            return head
        held, head = _write(new)
        if held:
            return head
    raise Contended(author_id)


def build_missing(author_ids: Iterable[str]) -> None:
    """Build heads of authors who have none, so that readers find them.

    Empty ones are built too.
    """
    for author_id in author_ids:
        merge(author_id, ())


def rebuild(author_id: str) -> Head:
    """Build a head again from the index by author.

    Lines that it held are merged in: the index may lag behind, and reads drop dead tweets.
    """
    while True:
        stored = read(author_id)
        held, head = _write(build(stored).with_lines(stored.lines()))
        if held:
            return head


def read(author_id: str) -> Head:
    """Return the stored head, read consistently past every cache.

    Returns:
        an unbuilt head if none is stored.
    """
    key = {"author_id": author_id}
    return heads.of_item(HEADS.get(key, consistent=True) or key)


def load(author_ids: Iterable[str], *, fresh: bool = False) -> dict[str, Head]:
    """Return heads by author, from the cache unless ``fresh``.

    Calls: one BatchGetItem per hundred.

    If several readers ask for a head at the same moment, one reads it. A head that was never
    built is read from the index instead, one Query each: the author has not tweeted since there
    are heads. Unless ``fresh``, at most `HeadLimits.unbuilt` are; the others count as empty
    until they are built.
    """
    wanted = set(author_ids)
    if fresh:
        items = _read_many(sorted(wanted), len(wanted))
    else:
        items = cache.heads().get(wanted)
        items |= _flights.get(wanted - items.keys())
    return {author: heads.of_item(item) for author, item in items.items()}


def _read_many(author_ids: list[str], queries: int) -> dict[str, Item]:
    """Return items of heads from their table and, if missing, the index.

    All of them are cached.

    Args:
        queries: so many missing ones at most.
    """
    items = {
        item["author_id"]: item for item in HEADS.get_many({"author_id": one} for one in author_ids)
    }
    empty = {one: Head(one, built=False).item for one in author_ids if one not in items}
    unbuilt = [heads.of_item(item) for item in items.values() if "floor" not in item]
    unbuilt += [Head(one, built=False) for one in empty]
    for head in in_parallel(build, unbuilt[:queries]):
        items[head.author_id] = head.item
    cache.heads().renew(items.values())
    return empty | items


def _cached_here(author_ids: Iterable[str]) -> dict[str, Item]:
    """Return the heads that this process keeps."""
    return cache.heads().process.get(author_ids)


_flights = SingleFlight(
    _cached_here,
    lambda author_ids: _read_many(author_ids, process.limits(HeadLimits).unbuilt),
)


def build(head: Head) -> Head:
    """Return the head as the index by author has it (one Query).

    Modes and version are the given head's.
    """
    most = process.limits(HeadLimits).entries
    items = TWEETS.page(
        "#author_id = :author AND #position <= :newest",
        {"author": head.author_id, "newest": MAX_ID},
        index=BY_AUTHOR,
        descending=True,
        limit=most,
    ).items
    lines = [heads.line_of({"id": item["position"], **item}) for item in items]
    packed, dropped = heads.pack(lines)
    below = items[-1]["position"] if len(items) == most else 1
    return Head(head.author_id, packed, max(below, dropped + 1), head.modes, head.version)


def in_parallel(act: Callable[[T], R], ones: list[T]) -> list[R]:
    """Do something for each, a few at a time when there are several."""
    return list(_threads().map(act, ones)) if len(ones) > 1 else [act(one) for one in ones]


@process.lazy
def _threads() -> ThreadPoolExecutor:
    """Threads that outlive the request, and their connections with them."""
    return ThreadPoolExecutor(_PARALLEL, "authors")


def _write(head: Head) -> tuple[bool, Head]:
    """Store the lines of a head if it is still at its version.

    Returns:
        whether it was, and the head as it is stored now.
    """
    outcome = HEADS.update(
        {"author_id": head.author_id},
        "SET #packed = :packed, #floor = :floor ADD #version :one",
        {"packed": head.packed, "floor": head.floor, "one": 1, "old": head.version},
        "#version = :old" if head.version else "attribute_not_exists(#version)",
    )
    if not outcome:
        return False, heads.of_item({"author_id": head.author_id, **(outcome.item or {})})
    stored = heads.of_item({**head.item, "version": head.version + 1})
    written.put(head.author_id, stored)
    cache.heads().renew([stored.item])
    return True, stored
