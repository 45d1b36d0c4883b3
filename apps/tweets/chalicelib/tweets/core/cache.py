"""Caches of author heads, of home pages' tweets, and of busy counters.

Each process keeps items for five seconds after it read them. With ``CACHE_URL``
(``redis://`` or ``rediss://``: Valkey or Redis) all processes share a second
level: an item stays there for thirty seconds, and the stream worker puts every
newer version in its place as soon as it is written.

A reader may see the state before an edit or a deletion for five seconds after
the stream worker has seen it, and never longer than thirty-five. An older version
never replaces a newer one, in whatever order they are written.
"""

import base64
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shared.aws.dynamo import Item
from shared.base.config import settings
from shared.base.process import Cache, process
from shared.base.valkey import Valkey

_MAX_ITEMS = 20_000
# Sum of a tweet's counters, likes and views alike.
_BUSY = 1000

# Sets KEYS[i] to ARGV[2i] for ARGV[1] seconds unless a version >= ARGV[2i+1] is there.
_RENEW = """
for i, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if not held or tonumber(string.match(held, '^%d+')) < tonumber(ARGV[2 * i + 1]) then
    redis.call('SET', key, ARGV[2 * i], 'EX', ARGV[1])
  end
end
"""


@dataclass(frozen=True)
class CacheLimits:
    """Lifetimes of cached items, in seconds.

    Attributes:
        process_seconds: in the memory of a process.
        shared_seconds: in the cache that all processes share.
    """

    process_seconds: float = 5.0
    shared_seconds: int = 30


class Level(Protocol):
    """A place that keeps items with a ``version`` by key."""

    def get(self, keys: Iterable[str]) -> dict[str, Item]:
        """Return the items that are there."""

    def renew(self, items: Mapping[str, Item]) -> None:
        """Put items in place of older versions."""


class ProcessLevel:
    """The process's own memory."""

    def __init__(self) -> None:
        seconds = process.limits(CacheLimits).process_seconds
        self._items: Cache[str, Item] = Cache(process.clock, _MAX_ITEMS, seconds)
        self._lock = threading.Lock()

    def get(self, keys: Iterable[str]) -> dict[str, Item]:
        """See `Level`."""
        return self._items.get_many(keys)

    def renew(self, items: Mapping[str, Item]) -> None:
        """See `Level`."""
        # One writer at a time, or an older version could come between looking and writing.
        with self._lock:
            held = self._items.get_many(items)
            self._items.put_many(
                {
                    key: item
                    for key, item in items.items()
                    if key not in held or held[key].get("version", 0) <= item.get("version", 0)
                }
            )

    def forget(self, key: str) -> None:
        """Drop an item that this process knows to have changed."""
        self._items.pop(key)


class SharedLevel(Valkey):
    """Valkey or Redis; items count as not cached when it fails."""

    def __init__(self, url: str, prefix: str) -> None:
        super().__init__(url, prefix)
        self._renew = self._client.register_script(_RENEW)

    def get(self, keys: Iterable[str]) -> dict[str, Item]:
        """See `Level`."""
        wanted = list(keys)
        if not wanted:
            return {}
        names = [self._prefix + key for key in wanted]
        found = self._try(lambda: self._client.mget(names)) or ()
        pairs = zip(wanted, found, strict=False)
        return {key: _load(text) for key, text in pairs if text is not None}

    def renew(self, items: Mapping[str, Item]) -> None:
        """See `Level`."""
        if not items:
            return
        arguments: list[Any] = [process.limits(CacheLimits).shared_seconds]
        for item in items.values():
            version = item.get("version", 0)
            arguments += [f"{version}:{json.dumps(item, default=_plain)}", version]
        keys = [self._prefix + key for key in items]
        self._try(lambda: self._renew(keys=keys, args=arguments))


class ItemCache:
    """Items by key, from this process or the shared level."""

    def __init__(self, key_name: str, kind: str) -> None:
        self._key_name = key_name
        self.process = ProcessLevel()
        url = settings().cache_url
        self.shared = SharedLevel(url, f"{settings().name('tweets', kind)}#") if url else None

    def get(self, keys: Iterable[str]) -> dict[str, Item]:
        """Return the items that some level keeps."""
        wanted = list(keys)
        found = self.process.get(wanted)
        if self.shared and len(found) < len(wanted):
            shared = self.shared.get(key for key in wanted if key not in found)
            self.process.renew(shared)
            found |= shared
        return found

    def renew(self, items: Iterable[Item]) -> None:
        """Keep items that were just read or written; ignore older versions."""
        keyed = {item[self._key_name]: item for item in items}
        self.process.renew(keyed)
        if self.shared:
            self.shared.renew(keyed)

    def forget(self, key: str) -> None:
        """Read an item anew here, since this process has changed it."""
        self.process.forget(key)


@process.lazy
def heads() -> ItemCache:
    """Author heads, by author."""
    return ItemCache("author_id", "heads")


@process.lazy
def tweets() -> ItemCache:
    """Stored tweets, by id."""
    return ItemCache("id", "tweets")


# Counters of tweets to which many react, by tweet; others are read each time.
busy_counters = process.lazy(ProcessLevel)


def is_busy(counters: Item) -> bool:
    """True if counters are so large that seconds of staleness go unnoticed."""
    return sum(count for count in counters.values() if isinstance(count, int)) >= _BUSY


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return sorted(value)


def _load(text: bytes) -> Item:
    item: Item = json.loads(text.partition(b":")[2], object_hook=_bytes)
    return item


def _bytes(document: Item) -> Any:
    return base64.b64decode(document["base64"]) if document.keys() == {"base64"} else document
