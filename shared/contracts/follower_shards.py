"""Followers of large accounts over several keys of their index.

Owner: users; the rule is part of the promise of its ``follows`` table (`graph`).

One key of an index takes a thousand writes per second and is read one megabyte
after another. So a large account's followers are listed under several keys:
``<id>``, ``<id>#1``, ``<id>#2``…, as many as its *shards*. A follower is listed
under one of them, chosen when following, and stays there when shards are
added: readers read all keys and merge them by id, nothing is ever moved.

Readers must know of a shard before the first writer uses it. The order is:
a *marker* in the index itself (readers find it at the head of the first key,
without a call for small accounts), then the number on the profile, which
writers take only after `settle_ms`, when no reader's cache is older.
"""

import heapq
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from shared.aws.dynamo import Item
from shared.base.process import Cache, process

T = TypeVar("T")
# Shard, and the id to go on after in it; ``BEGINNING`` is before all ids, behind the markers.
Place = tuple[int, str]
BEGINNING = "0"
# Reads the entries under a key after an id, at most so many, in the order of ids.
Read = Callable[[str, str | None, int], list[T]]

MAX_SHARDS = 64
# Most shards that one page of a chain reads: more only if they are almost empty.
CHAINED_READS = 4
CACHE_SECONDS = 60.0

# Markers sort before every id and are as many as doublings.
_MARK = "#"
LAST_MARKER = "#~"
MARKERS = MAX_SHARDS.bit_length() - 1

_known: Cache[str, int] = process.cache(20_000, CACHE_SECONDS)


@dataclass(frozen=True)
class ShardLimits:
    """Limits of shards.

    Attributes:
        followers: followers per shard; shards double when an account has more.
        settle_ms: time from the marker to the first write into a new shard.
    """

    followers: int = 25_000
    settle_ms: int = 5 * 60 * 1000


def listed_under(target: Item, user_id: str, now: int) -> str:
    """Return the key under which a new follower is listed.

    Args:
        target: the followed user's profile.
        now: Unix milliseconds.
    """
    return key(target["id"], shard(target, user_id, now))


def shard(target: Item, user_id: str, now: int, most: int = MAX_SHARDS) -> int:
    """Return the shard that a new entry goes to.

    Args:
        target: profile of the large account.
        user_id: user of the entry.
        most: upper bound of the shards in use (a power of two).
    """
    shards: int = target.get("follower_shards", 1)
    if now < target.get("follower_shards_from", 0):
        shards //= 2
    return zlib.crc32(user_id.encode()) % min(shards, most)


def key(target_id: str, shard: int) -> str:
    """Return the key of a shard; the first one is the id itself."""
    return f"{target_id}#{shard}" if shard else target_id


def too_few(shards: int, followers: int) -> bool:
    """Return true if an account with so many followers needs more shards."""
    return shards < MAX_SHARDS and followers > shards * process.limits(ShardLimits).followers


def marker(target_id: str, shards: int) -> Item:
    """Return the item whose entry in the index tells readers of the shards."""
    return {"user_id": f"{_MARK}{shards}", "target_id": target_id, "followed_id": target_id}


def markers(target_id: str) -> list[Item]:
    """Return the keys of all markers that an account may have."""
    numbers = (2 << doubling for doubling in range(MARKERS))
    return [{"user_id": f"{_MARK}{shards}", "target_id": target_id} for shards in numbers]


def is_marker(user_id: str) -> bool:
    """Return true if the id in an index is a marker's."""
    return user_id.startswith(_MARK)


def note(target_id: str, ids: Iterable[str]) -> int:
    """Remember the number of shards for a minute; returns it.

    Args:
        ids: head of the first key, which holds the markers.
    """
    told = (int(listed[1:]) for listed in ids if is_marker(listed))
    return _known.put(target_id, max(told, default=1))


def known(target_id: str) -> int | None:
    """Return the number of shards, if read within the minute."""
    return _known.get(target_id)


def chained(
    read: Read[T],
    target_id: str,
    shards: int | None,
    place: Place | None,
    limit: int,
    id_of: Callable[[T], str] = str,
) -> tuple[list[T], Place | None]:
    """Return the next entries, shard after shard.

    They are in the order of ids within each shard. Pages stay stable: new shards come at the
    end. A page may be shorter than the limit though others follow.

    Calls: one read, one more per end of a shard, `CHAINED_READS` at most.

    Args:
        shards: ``None`` to learn it from the markers, at the first place only.
        place: where to go on; ``None`` for the first page.

    Returns:
        entries without markers, and the place of the next page, ``None`` at the end.
    """
    found: list[T] = []
    shard, after = place or (0, None)
    for _ in range(CHAINED_READS):
        wanted = limit - len(found)
        page = read(key(target_id, shard), after, wanted + 1 + (MARKERS if after is None else 0))
        if shards is None:
            shards = note(target_id, map(id_of, page))
        page = [one for one in page if not is_marker(id_of(one))]
        found += page[:wanted]
        if len(page) > wanted:
            return found, (shard, id_of(found[-1]))
        shard, after = shard + 1, BEGINNING
        if shard >= shards:
            return found, None
        if len(found) == limit:
            break
    return found, (shard, BEGINNING)


def merged(
    read: Read[T],
    target_id: str,
    shards: int,
    after: str | None,
    limit: int,
    id_of: Callable[[T], str] = str,
) -> list[T]:
    """Return the next entries of all shards, ordered by id.

    Markers are left out.
    """
    step = limit // shards + 16

    def of_shard(number: int) -> Iterator[T]:
        last = after
        while True:
            page = read(key(target_id, number), last, step)
            yield from (one for one in page if not is_marker(id_of(one)))
            if len(page) < step:
                return
            last = id_of(page[-1])

    return list(islice(heapq.merge(*map(of_shard, range(shards)), key=id_of), limit))
