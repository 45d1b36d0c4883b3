"""Caches of author heads, of tweets as home pages hydrate them, and of busy counters.

Each process keeps what it read for five seconds. With ``CACHE_URL``
(``redis://`` or ``rediss://``: Valkey or Redis) all processes share a second
level: an item stays there for thirty seconds, and the stream worker puts every
newer version in its place as soon as it is written.

How long a reader may see what was edited or deleted: five seconds after the
stream worker has seen it, and never longer than thirty-five. An older version
never replaces a newer one, whoever writes last.
"""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Protocol

from cachetools import TTLCache

from shared.base.config import settings
from shared.base.observability import logger

Item = dict[str, Any]

PROCESS_SECONDS = 5.0
SHARED_SECONDS = 30
_MAX_ITEMS = 20_000
# Likes, views and all else that a tweet's counters hold, together.
_BUSY = 1000
# A cache that does not answer is left alone for a while: reads must not wait for it.
_TIMEOUT_SECONDS = 0.2
_PAUSE_SECONDS = 2.0

# Sets KEYS[i] to ARGV[2i] for ARGV[1] seconds unless a version >= ARGV[2i+1] is there.
_RENEW = """
for i, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if not held or tonumber(string.match(held, '^%d+')) < tonumber(ARGV[2 * i + 1]) then
    redis.call('SET', key, ARGV[2 * i], 'EX', ARGV[1])
  end
end
"""


class Level(Protocol):
    """A place that keeps items with a ``version`` by key."""

    def get(self, keys: Iterable[str]) -> dict[str, Item]:
        """The items that are there."""

    def renew(self, items: Mapping[str, Item]) -> None:
        """Put items in place of older versions."""


class ProcessLevel:
    """The process's own memory."""

    def __init__(self, seconds: float | None = None) -> None:
        seconds = PROCESS_SECONDS if seconds is None else seconds
        self._items: TTLCache[str, Item] = TTLCache(_MAX_ITEMS, seconds)
        self._lock = threading.Lock()

    def get(self, keys: Iterable[str]) -> dict[str, Item]:
        """See `Level`."""
        with self._lock:
            return {key: self._items[key] for key in keys if key in self._items}

    def renew(self, items: Mapping[str, Item]) -> None:
        """See `Level`."""
        with self._lock:
            for key, item in items.items():
                held = self._items.get(key)
                if held is None or held.get("version", 0) <= item.get("version", 0):
                    self._items[key] = item

    def forget(self, keys: Iterable[str]) -> None:
        """Drop what this process knows to have changed."""
        with self._lock:
            for key in keys:
                self._items.pop(key, None)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._items.clear()


class SharedLevel:
    """Valkey or Redis; what goes wrong there counts as not cached."""

    def __init__(self, url: str, prefix: str) -> None:
        # Not every process has a cache: the import costs a cold start 60 ms.
        import redis

        self._errors: tuple[type[Exception], ...] = (redis.RedisError, OSError)
        self._client = redis.Redis.from_url(
            url, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )
        self._renew = self._client.register_script(_RENEW)
        self._prefix = prefix
        self._paused_until = 0.0

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
        arguments: list[Any] = [SHARED_SECONDS]
        for item in items.values():
            version = item.get("version", 0)
            arguments += [f"{version}:{json.dumps(item, default=_plain)}", version]
        keys = [self._prefix + key for key in items]
        self._try(lambda: self._renew(keys=keys, args=arguments))

    def clear(self) -> None:
        """Drop what this stage keeps here."""
        for key in self._client.scan_iter(f"{self._prefix}*"):
            self._client.delete(key)

    def _try(self, act: Callable[[], Any]) -> Any:
        if time.monotonic() < self._paused_until:
            return None
        try:
            return act()
        except self._errors as error:
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
            logger().warning("cache does not answer", error=type(error).__name__)
            return None


class Cache:
    """Items by key, from this process or the shared level."""

    def __init__(self, key_name: str, kind: str) -> None:
        self._key_name = key_name
        self.process = ProcessLevel()
        url = settings().cache_url
        self.shared = SharedLevel(url, f"{settings().name('tweets', kind)}#") if url else None

    def get(self, keys: Iterable[str]) -> dict[str, Item]:
        """The items that some level keeps."""
        wanted = list(keys)
        found = self.process.get(wanted)
        if self.shared and len(found) < len(wanted):
            shared = self.shared.get(key for key in wanted if key not in found)
            self.process.renew(shared)
            found |= shared
        return found

    def renew(self, items: Iterable[Item]) -> None:
        """Keep items that were read or written just now; older versions are ignored."""
        keyed = {item[self._key_name]: item for item in items}
        self.process.renew(keyed)
        if self.shared:
            self.shared.renew(keyed)

    def forget(self, key: str) -> None:
        """Read an item anew here, since this process has changed it."""
        self.process.forget([key])


@lru_cache(maxsize=1)
def heads() -> Cache:
    """Author heads, by author."""
    return Cache("author_id", "heads")


@lru_cache(maxsize=1)
def tweets() -> Cache:
    """Stored tweets, by id."""
    return Cache("id", "tweets")


@lru_cache(maxsize=1)
def busy_counters() -> ProcessLevel:
    """Counters of tweets to which many react, by tweet; others are read each time."""
    return ProcessLevel()


def busy(counters: Item) -> bool:
    """Whether so much was counted that nobody sees what seconds add to it."""
    return sum(count for count in counters.values() if isinstance(count, int)) >= _BUSY


def reset() -> None:
    """Begin with empty caches in this process (and with the settings as they are now)."""
    heads.cache_clear()
    tweets.cache_clear()
    busy_counters.cache_clear()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return sorted(value)


def _load(text: bytes) -> Item:
    item: Item = json.loads(text.partition(b":")[2], object_hook=_bytes)
    return item


def _bytes(document: Item) -> Any:
    return base64.b64decode(document["base64"]) if document.keys() == {"base64"} else document
