"""Windows: the range of tweet ids that one page of a list may show."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, repeat

from shared.aws.dynamo import Item
from shared.base.clock import parse_iso
from shared.base.errors import invalid_request
from shared.base.ids import MAX_ID, first_id_at
from shared.base.pagination import decode_position
from shared.base.process import process


@dataclass(frozen=True)
class PageLimits:
    """Limits of one page's reads.

    Attributes:
        overread: entries read beyond the page's size, so that filtered ones do not leave it short.
        further: entries of an index read per round where the first were not enough (25 RRU).
        rounds: a page of nothing but filtered entries must not read a whole timeline.
    """

    overread: int = 10
    further: int = 1000
    rounds: int = 5


@dataclass(frozen=True)
class Window:
    """Ids to show, both ends inclusive; never more than ``size``.

    Attributes:
        context: name of the list that page tokens belong to.
    """

    oldest: int
    newest: int
    size: int
    context: str

    def below(self, tweet_id: int) -> "Window":
        """Return the rest of the window after a tweet."""
        return Window(self.oldest, tweet_id - 1, self.size, self.context)

    @property
    def empty(self) -> bool:
        """True if no id fits."""
        return self.oldest > self.newest

    @property
    def depth(self) -> int:
        """Entries to read from each source, a few more than the page shows."""
        return self.size + process.limits(PageLimits).overread


def depths(window: Window) -> Iterator[int]:
    """Yield how many entries a page reads in each of its rounds.

    Filtered entries may come in long runs: an author who answers all day has tweets of their own
    below. A round may then find many more than the page needs: `cut` leaves them to the next.
    """
    return chain([window.depth], repeat(process.limits(PageLimits).further))


def parse_window(query: Item, context: str) -> Window:
    """Return the window that a list's query parameters describe.

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


def excluded_kinds(query: Item) -> frozenset[str]:
    """Return the kinds of tweets that the ``exclude`` parameter keeps out."""
    words = {"retweets": "retweet", "replies": "reply"}
    return frozenset(words[name] for name in query.get("exclude", ()))


def _time(name: str, text: str) -> int:
    try:
        return parse_iso(text)
    except ValueError as error:
        raise invalid_request(
            f"`{name}` is not a date-time with an offset", **{name: text}
        ) from error
