"""Followers of large accounts spread over several keys of the followers index.

One key of an index takes a thousand writes a second and is read a megabyte
after another. So a large account's followers are listed under several keys:
``<id>``, ``<id>#1``, ``<id>#2``…, as many as its *shards*. A follower is listed
under one of them, chosen when following, and stays there when shards are
added: readers read all keys and merge them by id, nothing is ever moved.

Readers must know of a shard before the first writer uses it. The order is:
a *marker* in the index itself (readers find it at the head of the first key,
without a call for small accounts), then the number on the profile, which
writers take only after `SETTLE_MS`, when no reader's cache is older.
"""

import heapq
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from cachetools import TTLCache

Item = dict[str, Any]
T = TypeVar("T")
# What is listed under a key after an id, at most so many, in the order of ids.
Read = Callable[[str, str | None, int], list[T]]

MAX_SHARDS = 64
# Followers a shard is meant for; shards double when there are more.
SHARD_FOLLOWERS = 25_000
SETTLE_MS = 5 * 60 * 1000
CACHE_SECONDS = 60.0

# Markers sort before every id and are as many as doublings.
_MARK = "#"
LAST_MARKER = "#~"
MARKERS = MAX_SHARDS.bit_length() - 1

_cache: TTLCache[str, int] = TTLCache(maxsize=20_000, ttl=CACHE_SECONDS)
_lock = threading.Lock()


def listed_under(target: Item, user_id: str, now: int) -> str:
    """The key under which a new follower is listed.

    Args:
        target: the followed user's profile.
        now: Unix milliseconds.
    """
    return key(target["id"], shard(target, user_id, now))


def shard(target: Item, user_id: str, now: int, most: int = MAX_SHARDS) -> int:
    """The shard that somebody new writes to.

    Args:
        target: the profile of the account that is large.
        most: of the shards only so many are used (a power of two).
    """
    shards: int = target.get("follower_shards", 1)
    if now < target.get("follower_shards_from", 0):
        shards //= 2
    return zlib.crc32(user_id.encode()) % min(shards, most)


def key(target_id: str, shard: int) -> str:
    """The key of a shard; the first one is the id itself."""
    return f"{target_id}#{shard}" if shard else target_id


def too_few(shards: int, followers: int) -> bool:
    """Whether an account with so many followers needs more shards."""
    return shards < MAX_SHARDS and followers > shards * SHARD_FOLLOWERS


def marker(target_id: str, shards: int) -> Item:
    """The item whose entry in the index tells readers of the shards."""
    return {"user_id": f"{_MARK}{shards}", "target_id": target_id, "followed_id": target_id}


def markers(target_id: str) -> list[Item]:
    """Keys of all the markers that an account may have."""
    numbers = (2 << doubling for doubling in range(MARKERS))
    return [{"user_id": f"{_MARK}{shards}", "target_id": target_id} for shards in numbers]


def note(target_id: str, ids: Iterable[str]) -> int:
    """The number of shards told by the head of the first key; remembered for a minute."""
    told = (int(listed[1:]) for listed in ids if listed.startswith(_MARK))
    shards = max(told, default=1)
    with _lock:
        _cache[target_id] = shards
    return shards


def known(target_id: str) -> int | None:
    """The number of shards, when this process has read it within the minute."""
    with _lock:
        return _cache.get(target_id)


def reset() -> None:
    """Forget what is known."""
    with _lock:
        _cache.clear()


def merged(
    read: Read[T],
    target_id: str,
    shards: int,
    after: str | None,
    limit: int,
    id_of: Callable[[T], str] = str,
) -> list[T]:
    """The next ones of all shards, in the order of their ids; markers are left out."""
    step = limit // shards + 16

    def of_shard(number: int) -> Iterator[T]:
        last = after
        while True:
            page = read(key(target_id, number), last, step)
            yield from (one for one in page if not id_of(one).startswith(_MARK))
            if len(page) < step:
                return
            last = id_of(page[-1])

    return list(islice(heapq.merge(*map(of_shard, range(shards)), key=id_of), limit))
