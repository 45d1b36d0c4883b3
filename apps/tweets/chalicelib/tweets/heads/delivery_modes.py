"""How each author's tweets reach home timelines, and how that changes without a gap.

A switch takes effect at a *watermark*: a tweet id some seconds in the future.
Tweets below it go the old way and tweets from it on the new way, whenever they
are processed. By then every reader knows of the switch: it is written, in one
transaction with the author's head, to a list of switches that each process
reads every few seconds. A reader keeps the pulled ones among those followed in
an own item and brings it up to date from that list.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.tweets.core import cache
from chalicelib.tweets.core.models import AuthorHead, ModeSwitch
from chalicelib.tweets.heads import store
from chalicelib.tweets.heads.delivery_rule import Mode

from shared.aws import dynamo, sdk
from shared.base.clock import now_ms, now_seconds
from shared.base.ids import first_id_at

Item = dict[str, Any]

# Longer than any process goes without reading the list, clocks' differences included.
LEAD_MS = 60_000
READ_MS = 5_000
# Readers who were away for longer look at every head again.
KEPT_SECONDS = 40 * 86_400
# Authors are switched once in days: nothing older is still under way. Heads stay below 1 KB.
_MAX_MODES = 3
_LIST = "all"


@dataclass(frozen=True)
class Switch:
    """From the tweet id ``first`` on, the author's tweets go in another way."""

    at: int
    author_id: str
    mode: Mode
    first: int


def switch(author_id: str, mode: Mode) -> bool:
    """Let an author's tweets go another way from some seconds on (one read, one transaction).

    Returns:
        whether anything changed.

    Raises:
        TransactionCanceled: the author was switched by somebody else just now.
    """
    head = store.read(author_id)
    if head.mode == mode:
        return False
    if not head.built:
        # Readers will ask for it from now on.
        head = store.merge(author_id, ())
    now = now_ms()
    first = first_id_at(now + LEAD_MS)
    if head.modes and head.modes[-1][0] >= first:
        return False
    kept = [*head.modes, (first, mode)][-_MAX_MODES:]
    modes = [{"first": begin, "mode": one} for begin, one in kept]
    old = [{"first": begin, "mode": one} for begin, one in head.modes]
    condition = "modes = :old" if old else "attribute_not_exists(modes)"
    values = {":modes": modes, ":one": 1, **({":old": old} if old else {})}
    update = {
        "TableName": AuthorHead.Meta.table_name,
        "Key": {"author_id": {"S": author_id}},
        "UpdateExpression": "SET modes = :modes ADD version :one",
        "ConditionExpression": condition,
        "ExpressionAttributeValues": dynamo.encode_item(values),
    }
    entry = {
        "list": _LIST,
        "at": _key(now, author_id),
        "mode": mode,
        "first": first,
        "expires_at": now_seconds() + KEPT_SECONDS,
    }
    dynamo.transact([{"Update": update}, dynamo.put(ModeSwitch.Meta.table_name, entry)])
    cache.heads().forget(author_id)
    return True


class Switches:
    """The list of switches as this process knows it: read on, never read twice."""

    def __init__(self) -> None:
        self._known: dict[str, Switch] = {}
        self._from = self._read_at = 0
        self._lock = threading.Lock()

    def since(self, ms: int) -> list[Switch]:
        """Switches made at a moment or later, in order (no call when read within seconds)."""
        now = now_ms()
        with self._lock:
            if not self._read_at or ms < self._from:
                self._take(ms, now)
                self._from = ms
            elif now - self._read_at >= READ_MS:
                # What was written meanwhile may have become readable late.
                self._take(self._read_at - LEAD_MS, now)
            return [one for key, one in sorted(self._known.items()) if key >= _key(ms, "")]

    def _take(self, ms: int, now: int) -> None:
        for one in _stored(ms):
            self._known[_key(one.at, one.author_id)] = one
        self._read_at = now


_switches = Switches()


def switches_since(ms: int) -> list[Switch]:
    """Switches made since a moment (Unix milliseconds), as this process knows them."""
    return _switches.since(ms)


def reset() -> None:
    """Forget what this process knows."""
    _switches.__init__()  # type: ignore[misc]


def _key(ms: int, author_id: str) -> str:
    return f"{max(0, ms):013d}#{author_id}"


def _stored(ms: int) -> Iterator[Switch]:
    query: Item = {
        "TableName": ModeSwitch.Meta.table_name,
        "KeyConditionExpression": "#list = :list AND #at >= :at",
        "ExpressionAttributeNames": {"#list": "list", "#at": "at"},
        "ExpressionAttributeValues": dynamo.encode_item({":list": _LIST, ":at": _key(ms, "")}),
    }
    while True:
        answer = sdk.client("dynamodb").query(**query)
        for raw in answer["Items"]:
            item = dynamo.decode_item(raw)
            at, _, author_id = item["at"].partition("#")
            yield Switch(int(at), author_id, item["mode"], item["first"])
        if "LastEvaluatedKey" not in answer:
            return
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
