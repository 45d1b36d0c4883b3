"""Author heads in their table: built by the stream worker, read through the cache."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from cachetools import LRUCache
from chalicelib.tweets.core import cache
from chalicelib.tweets.core.models import BY_AUTHOR, AuthorHead, Tweet
from chalicelib.tweets.core.single_flight import SingleFlight
from chalicelib.tweets.heads import heads
from chalicelib.tweets.heads.heads import Head, Line

from shared.aws import dynamo, sdk
from shared.aws.streams import changes
from shared.base.ids import MAX_ID

Item = dict[str, Any]
T = TypeVar("T")
R = TypeVar("R")

_ATTEMPTS = 12
# Requests with many authors read a few indexes at a time.
_PARALLEL = 8
# Heads that a page may look for in the index: whoever tweets has one, so hardly any has tweets.
MAX_UNBUILT = 80

# What this process wrote last: the next change of the author needs no read then.
_written: LRUCache[str, Head] = LRUCache(5_000)
_lock = threading.Lock()


def follow_changes(stream_event: Any) -> None:
    """Bring a batch of changed tweets into their authors' heads, and into the cache of tweets.

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
    """Add lines to a head (one conditional update, after a read when this process is cold).

    Raises:
        ClientError: others kept changing the head; the stream's retry goes on.
    """
    wanted = list(lines)
    with _lock:
        head = _written.get(author_id)
    for _ in range(_ATTEMPTS):
        head = head or read(author_id)
        base = head if head.built else built(head)
        new = base.merged(wanted)
        if new is head:
            return head
        refused = _write(new)
        if refused is None:
            return _note(heads.of_item({**new.item, "version": new.version + 1}))
        head = heads.of_item({"author_id": author_id, **refused})
    raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "UpdateItem")


def ensure(author_ids: Iterable[str]) -> None:
    """Build the heads that are missing, empty ones too, so that readers find them."""
    for author_id in author_ids:
        merge(author_id, ())


def rebuild(author_id: str) -> Head:
    """Build a head again from the index by author.

    What it held is merged in: the index may lag behind, and reads drop what is no more.
    """
    while True:
        stored = read(author_id)
        fresh = built(stored)
        fresh = fresh.merged(stored.lines())
        if _write(fresh) is None:
            return _note(heads.of_item({**fresh.item, "version": fresh.version + 1}))


def read(author_id: str) -> Head:
    """The stored head, read consistently past every cache; an unbuilt one when there is none."""
    answer = sdk.client("dynamodb").get_item(
        TableName=AuthorHead.Meta.table_name,
        Key={"author_id": {"S": author_id}},
        ConsistentRead=True,
    )
    return heads.of_item({"author_id": author_id, **dynamo.decode_item(answer.get("Item", {}))})


def load(author_ids: Iterable[str], *, fresh: bool = False) -> dict[str, Head]:
    """Heads by author, from the cache (unless ``fresh``) or one BatchGetItem a hundred.

    Of those who ask for a head at the same moment one reads it. A head that was never
    built is read from the index instead, one Query each: of an author who has not tweeted,
    or from before there were heads. Unless ``fresh``, at most `MAX_UNBUILT` are; the others
    count as empty until they are built.
    """
    wanted = set(author_ids)
    if fresh:
        items = _read_all(sorted(wanted), len(wanted))
    else:
        items = cache.heads().get(wanted)
        items |= _flights.get(wanted - items.keys())
    return {author: heads.of_item(item) for author, item in items.items()}


def _read_all(author_ids: list[str], queries: int) -> dict[str, Item]:
    """Heads from their table, and so many of the missing ones from the index; cached."""
    table = AuthorHead.Meta.table_name
    found = dynamo.batch_get({table: [{"author_id": one} for one in author_ids]})[table]
    items = {item["author_id"]: item for item in found}
    empty = {one: Head(one, built=False).item for one in author_ids if one not in items}
    unbuilt = [heads.of_item(item) for item in items.values() if "floor" not in item]
    unbuilt += [Head(one, built=False) for one in empty]
    for head in in_parallel(built, unbuilt[:queries]):
        items[head.author_id] = head.item
    cache.heads().renew(items.values())
    return empty | items


def _kept(author_ids: Iterable[str]) -> dict[str, Item]:
    return cache.heads().process.get(author_ids)


_flights = SingleFlight(_kept, lambda author_ids: _read_all(author_ids, MAX_UNBUILT))


def built(head: Head) -> Head:
    """The head as the index by author has it (one Query), with modes and version as given."""
    answer = sdk.client("dynamodb").query(
        TableName=Tweet.Meta.table_name,
        IndexName=BY_AUTHOR,
        KeyConditionExpression="author_id = :author AND #position <= :newest",
        ExpressionAttributeNames={"#position": "position"},
        ExpressionAttributeValues=dynamo.encode_item(
            {":author": head.author_id, ":newest": MAX_ID}
        ),
        ScanIndexForward=False,
        Limit=heads.MAX_ENTRIES,
    )
    items = [dynamo.decode_item(raw) for raw in answer["Items"]]
    lines = [heads.line_of({"id": item["position"], **item}) for item in items]
    packed, dropped = heads.pack(lines)
    below = items[-1]["position"] if len(items) == heads.MAX_ENTRIES else 1
    return Head(head.author_id, packed, max(below, dropped + 1), head.modes, head.version)


def in_parallel(act: Callable[[T], R], ones: list[T]) -> list[R]:
    """Do something for each, a few at a time when there are several."""
    return list(_threads().map(act, ones)) if len(ones) > 1 else [act(one) for one in ones]


def reset() -> None:
    """Forget what this process wrote."""
    with _lock:
        _written.clear()


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Threads that outlive the request, and their connections with them."""
    return ThreadPoolExecutor(_PARALLEL, "authors")


def _note(head: Head) -> Head:
    with _lock:
        _written[head.author_id] = head
    cache.heads().renew([head.item])
    return head


def _write(head: Head) -> Item | None:
    """Store the lines of a head if it is still at its version.

    Returns:
        ``None`` when it was, otherwise what is stored.
    """
    values = {":packed": head.packed, ":floor": head.floor, ":old": head.version, ":one": 1}
    condition = "version = :old" if head.version else "attribute_not_exists(version)"
    if not head.version:
        del values[":old"]
    try:
        sdk.client("dynamodb").update_item(
            TableName=AuthorHead.Meta.table_name,
            Key={"author_id": {"S": head.author_id}},
            UpdateExpression="SET packed = :packed, #floor = :floor ADD version :one",
            ConditionExpression=condition,
            ExpressionAttributeNames={"#floor": "floor"},
            ExpressionAttributeValues=dynamo.encode_item(values),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return dynamo.decode_item(error.response.get("Item", {}))
    return None
