"""Users who relate to an account: its followers, requesters and watchers.

Owner: users. The sparse indexes of ``follows`` (`graph`) ``followers`` (hash ``followed_id``),
``requests`` (``requested_id``) and ``watchers`` (``watched_id``) list users in the order of
their ids; large accounts' followers stand under several keys (`follower_shards`). Indexes lag:
an ended relation is listed for some moments.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from shared.aws.dynamo import Item
from shared.contracts import follower_shards
from shared.contracts.follower_shards import Place
from shared.contracts.graph_state import FOLLOWS

# Indexes: (name, hash key).
_FOLLOWERS = ("followers", "followed_id")
_REQUESTS = ("requests", "requested_id")
_WATCHERS = ("watchers", "watched_id")
_BEFORE_ALL = "!"


def follower_ids(
    user_id: str, *, after: str | None = None, until: str | None = None, limit: int = 1000
) -> list[str]:
    """Return a page of followers in the order of their ids.

    Args:
        after: exclusive lower bound, the last id of the page before.
        until: inclusive upper bound.
        limit: most ids to return; fewer means that the range is exhausted.
    """

    def read(key: str, after: str | None, limit: int) -> list[str]:
        return _people(_FOLLOWERS, key, after, until, limit)

    shards = follower_shards.known(user_id)
    if after is None:
        # The head of the list begins with the markers, where there are any.
        head = read(user_id, None, limit + follower_shards.MARKERS)
        shards = follower_shards.note(user_id, head)
        if shards == 1:
            return head[:limit]
    elif shards is None:
        shards = _read_shards(user_id)
    if shards == 1:
        return read(user_id, after, limit)
    return follower_shards.merged(read, user_id, shards, after, limit)


def follower_page(user_id: str, place: Place | None, limit: int) -> tuple[list[str], Place | None]:
    """Return a page of followers, shard after shard.

    As `follower_shards.chained`. Calls: one Query, or two in a chain of shards; five at most.

    Args:
        place: ``None`` for the first page.
    """

    def read(key: str, after: str | None, limit: int) -> list[str]:
        return _people(_FOLLOWERS, key, after, None, limit)

    shards = follower_shards.known(user_id)
    if shards is None and place is not None:
        shards = _read_shards(user_id)
    return follower_shards.chained(read, user_id, shards, place, limit)


def requester_ids(user_id: str, *, after: str | None = None, limit: int = 1000) -> list[str]:
    """Return a page of users whose follow request is pending.

    Arguments as of `follower_ids`.
    """
    return _people(_REQUESTS, user_id, after, None, limit)


def watcher_ids(
    user_id: str, *, after: str | None = None, until: str | None = None, limit: int = 1000
) -> list[str]:
    """Return a page of followers who are notified of every tweet.

    Arguments as of `follower_ids`.
    """
    return _people(_WATCHERS, user_id, after, until, limit)


def within(
    read: Callable[..., list[str]], user_id: str, after: str | None, until: str, page: int
) -> Iterator[list[str]]:
    """Iterate over pages of users of a range that was bounded earlier.

    Users who joined the range since then must not displace its last ones.

    Args:
        read: `follower_ids` or `watcher_ids`.
        after / until: bounds, as of `follower_ids`.
        page: most users that the range had.
    """
    while True:
        found = read(user_id, after=after, until=until, limit=page)
        yield found
        if len(found) < page or found[-1] == until:
            return
        after = found[-1]


def _read_shards(user_id: str) -> int:
    """Return the number of shards from the markers, which head the first one."""
    head = _people(_FOLLOWERS, user_id, None, follower_shards.LAST_MARKER, follower_shards.MARKERS)
    return follower_shards.note(user_id, head)


def _people(
    listed: tuple[str, str], user_id: str, after: str | None, until: str | None, limit: int
) -> list[str]:
    index, hash_key = listed
    condition = f"#{hash_key} = :user"
    if until is not None:
        condition += " AND #user_id BETWEEN :after AND :until"
    elif after is not None:
        condition += " AND #user_id > :after"
    pages = FOLLOWS.query(
        condition,
        {"user": user_id, "after": after or _BEFORE_ALL, "until": until},
        index=index,
        limit=limit + 1,
        decode=_user_id,
    )
    # BETWEEN includes both ends, and the lower one belongs to the page before.
    return list(islice((person for person in pages if person != after), limit))


def _user_id(raw: Item) -> str:
    person: str = raw["user_id"]["S"]
    return person
