"""Skeletons: which tweets a list is made of, as ids straight from a table or an index."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from chalicelib.tweets.core.models import BY_AUTHOR, Tweet
from chalicelib.tweets.pages.hydration import Entry

from shared.aws import dynamo, sdk
from shared.base.clock import parse_iso
from shared.base.errors import invalid_request
from shared.base.ids import MAX_ID, first_id_at
from shared.base.pagination import decode_position

Item = dict[str, Any]
# Entries read beyond the page, so that filtered ones do not leave it short.
OVERREAD = 10
# Entries of an index that a page reads at a time where the first are not enough: 25 read units.
_FURTHER = 1000
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Window:
    """Ids to show, both ends inclusive, newest first; never more than ``size``."""

    oldest: int
    newest: int
    size: int
    context: str

    def below(self, tweet_id: int) -> "Window":
        """The rest of the window after a tweet."""
        return Window(self.oldest, tweet_id - 1, self.size, self.context)

    @property
    def empty(self) -> bool:
        """Whether no id fits."""
        return self.oldest > self.newest


@dataclass(frozen=True)
class Skeleton:
    """Entries, newest first, and the lowest id that they cover: ``None`` means to the end."""

    entries: list[Entry]
    floor: int | None


def depths(size: int) -> Iterator[int]:
    """How many entries a page reads in each of its rounds.

    What it leaves out may come in long runs: who answers all day has tweets of their own below.
    Many more than a page needs may be found then: `cut` leaves them to the next round.
    """
    return chain([size + OVERREAD], repeat(_FURTHER))


def window(query: Item, context: str) -> Window:
    """The window that a list's query parameters describe.

    Raises:
        Problem: 400 for bounds or a token that are not valid.
    """
    oldest, newest = 1, MAX_ID
    for name in ("since_id", "until_id"):
        if int(query.get(name, 0)) > MAX_ID:
            message = f"The `{name}` query parameter value [{query[name]}] is not a valid id"
            raise invalid_request(message, **{name: query[name]})
    if since := query.get("since_id"):
        oldest = max(oldest, int(since) + 1)
    if until := query.get("until_id"):
        newest = min(newest, int(until) - 1)
    start, end = (
        first_id_at(_time(name, query[name])) if name in query else None
        for name in ("start_time", "end_time")
    )
    if start is not None and end is not None and start >= end:
        message = "`start_time` must be before `end_time`"
        raise invalid_request(message, start_time=query["start_time"])
    if start is not None:
        oldest = max(oldest, start)
    if end is not None:
        newest = min(newest, end - 1)
    if position := decode_position(context, query.get("pagination_token"), below=int):
        newest = min(newest, position["below"] - 1)
    return Window(oldest, min(newest, MAX_ID), query["max_results"], context)


def excluded(query: Item) -> frozenset[str]:
    """The kinds of tweets that the ``exclude`` parameter keeps out."""
    words = {"retweets": "retweet", "replies": "reply"}
    return frozenset(words[name] for name in query.get("exclude", ()))


def authored(
    user_id: str, bounds: Window, without: frozenset[str] = NOTHING, limit: int | None = None
) -> Skeleton:
    """A user's own tweets, newest first, straight from the index by author."""
    return of_index(BY_AUTHOR, "author_id", user_id, bounds, without, limit)


def of_table(
    table: str, user_id: str, bounds: Window, without: frozenset[str] = NOTHING
) -> Skeleton:
    """Entries of a table whose keys are ``user_id`` and ``position``."""
    limit = bounds.size + OVERREAD
    items = positions(table, None, "user_id", user_id, bounds.oldest, bounds.newest, limit)
    return of_items(items, limit, without)


def of_index(
    index: str,
    key: str,
    value: str,
    bounds: Window,
    without: frozenset[str] = NOTHING,
    limit: int | None = None,
) -> Skeleton:
    """Tweets of an index of the tweets table whose range key is ``position``."""
    limit = limit or bounds.size + OVERREAD
    table = Tweet.Meta.table_name
    items = positions(table, index, key, value, bounds.oldest, bounds.newest, limit)
    return of_items(items, limit, without)


def merged(*sources: Skeleton) -> Skeleton:
    """Several sources by id; what lies below the highest floor is left for the next round."""
    floors = [source.floor for source in sources if source.floor is not None]
    floor = max(floors) if floors else None
    found = {int(entry.tweet_id): entry for source in sources for entry in source.entries}
    kept = [entry for i, entry in sorted(found.items(), reverse=True) if i >= (floor or 0)]
    return Skeleton(kept, floor)


def cut(skeleton: Skeleton, size: int) -> Skeleton:
    """The newest entries; what lies below them is left for the next round."""
    if len(skeleton.entries) <= size:
        return skeleton
    kept = skeleton.entries[:size]
    return Skeleton(kept, int(kept[-1].tweet_id))


def of_items(
    items: list[Item],
    limit: int,
    without: frozenset[str] = NOTHING,
    authors: Container[str] | None = None,
) -> Skeleton:
    """Entries of a Query's items, perhaps only those of some authors."""
    entries = [
        Entry(str(item["position"]), item.get("retweeted_tweet_id"))
        for item in items
        if item.get("kind") not in without and (authors is None or item["author_id"] in authors)
    ]
    return Skeleton(entries, items[-1]["position"] if len(items) == limit else None)


def positions(
    table: str,
    index: str | None,
    key: str,
    value: str,
    oldest: int,
    newest: int,
    limit: int,
    ascending: bool = False,
) -> list[Item]:
    """Items of one hash key between two positions, newest first (one Query, if any fit)."""
    if oldest > newest:
        return []
    answer = sdk.client("dynamodb").query(
        TableName=table,
        **({"IndexName": index} if index else {}),
        KeyConditionExpression="#key = :value AND #position BETWEEN :oldest AND :newest",
        ExpressionAttributeNames={"#key": key, "#position": "position"},
        ExpressionAttributeValues=dynamo.encode_item(
            {":value": value, ":oldest": oldest, ":newest": newest}
        ),
        ScanIndexForward=ascending,
        Limit=limit,
    )
    return [dynamo.decode_item(raw) for raw in answer["Items"]]


def _time(name: str, text: str) -> int:
    try:
        return parse_iso(text)
    except ValueError as error:
        raise invalid_request(f"{name}: not a date-time", **{name: text}) from error
