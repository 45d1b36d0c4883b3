"""Updates: one request tells an open page what is new.

A poll looks for signs of new tweets: entries pushed to the reader, and heads of authors who are
pulled. Only if there are any it reads the home timeline, whose rules decide what is shown; the
ids of hidden tweets are never told. Without signs it costs two calls and at most 2 RRU:

    reader's state with entries 0.5 · unread count 0.5 · two heads 1.0

Heads that this process has looked at within a minute cost nothing, and polls take turns with
the others. A full poll reads the home timeline in any case: it also finds tweets by authors who
were followed, or changed their delivery mode, since the reader's state was written. Polls count
no views.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError
from chalicelib.tweets.core import cache
from chalicelib.tweets.core.models import HEADS
from chalicelib.tweets.heads.heads import GONE, Head, of_item
from chalicelib.tweets.pipeline.window import parse_window
from chalicelib.tweets.timelines import home, reader_state

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.ids import MAX_ID, first_id_at
from shared.base.process import Cache, process
from shared.contracts import unread_counts


@dataclass(frozen=True)
class UpdateLimits:
    """Bounds of a poll.

    Attributes:
        heads: heads that a poll reads at most.
        late_ms: fan-out does not keep the order: a tweet may arrive so long after newer ones.
        turn_ms: after so long the next heads have their turn; clients poll that often.
    """

    heads: int = 2
    late_ms: int = 30_000
    turn_ms: int = 30_000


# Heads that polls of this process looked at, by author.
_seen_heads: Cache[str, Head] = process.cache(5_000, 60)
# Set while the stage has no table of unread counts.
_no_counts: Cache[str, bool] = process.cache(1, 300)


def updates(user_id: str, query: Item) -> Item:
    """Return new tweets of the home timeline and the unread count.

    Calls: one Query and one BatchGetItem; those of a home page if something may be new.

    Args:
        query: of the route: ``since_id`` (without it only the unread count is told),
            ``known_ids``, ``full`` and what `home.home_timeline` takes.

    Returns:
        ``data`` and ``includes`` as of a home page, without known tweets; ``meta`` with
        ``unread_count`` (if the stage has notifications) and the ``since_id`` of the next poll.

    Raises:
        Problem: 400 for ids that are not valid.
    """
    known = frozenset(query.get("known_ids", ()))
    oldest = parse_window(query, "").oldest
    body: Item = {"meta": {"result_count": 0}}
    if "since_id" not in query:
        unread = _read(user_id, ())[0]
    elif query.get("full"):
        unread = _read(user_id, ())[0]
        body = _home_page(user_id, query, known)
    else:
        # With one entry more than the reader knows, one of them is new.
        found = reader_state.load_with_entries(user_id, oldest, MAX_ID, len(known) + 1)
        state, entries = found
        pulled = state.pulled if state else {}
        unread, heads = _read(user_id, pulled)
        ids = [entry["position"] for entry in entries]
        for head in heads:
            ids += _pulled_ids(head, pulled[head.author_id], oldest)
        if any(str(one) not in known for one in ids):
            body = _home_page(user_id, query, known)
        else:
            body["meta"]["since_id"] = query["since_id"]
    if unread is not None:
        body["meta"]["unread_count"] = unread
    return body


def _home_page(user_id: str, query: Item, known: Container[str]) -> Item:
    """Return the home timeline since an id, without known tweets."""
    since = query["since_id"]
    wanted = {name: value for name, value in query.items() if name not in ("known_ids", "full")}
    examined = first_id_at(now_ms() - process.limits(UpdateLimits).late_ms)
    body = home.home_timeline(user_id, wanted, counts_views=False)
    more = "next_token" in body["meta"]
    tweets = [tweet for tweet in body.pop("data", ()) if tweet["id"] not in known]
    if not tweets:
        body.pop("includes", None)
        body.pop("errors", None)
        body["meta"] = {"result_count": 0}
    else:
        body["data"] = tweets
        body["meta"]["result_count"] = len(tweets)
    # What a cut page leaves out is still new.
    body["meta"]["since_id"] = since if more else str(max(int(since), examined - 1))
    return body


def _read(user_id: str, pulled: Iterable[str]) -> tuple[int | None, list[Head]]:
    """Return the unread count, and the heads of pulled authors that are known.

    Calls: one BatchGetItem; a second one if the stage lacks the table of counts.
    """
    authors = sorted(pulled)
    heads = _seen_heads.get_many(authors)
    cached = cache.heads().process.get(one for one in authors if one not in heads)
    heads |= {author_id: of_item(item) for author_id, item in cached.items()}
    cold = _in_turn([one for one in authors if one not in heads])
    keys: dict[str, list[dynamo.Key]] = {}
    if cold:
        keys[HEADS.name] = [{"author_id": one} for one in cold]
    counts = unread_counts.COUNTERS.name
    if unread_counts.deployed() and counts not in _no_counts:
        keys[counts] = [unread_counts.key(user_id)]
    found = _present(keys)
    fresh = {one: Head(one) for one in cold}
    fresh |= {item["author_id"]: of_item(item) for item in found.get(HEADS.name, ())}
    _seen_heads.put_many(fresh)
    heads |= fresh
    unread = None
    if counts in found:
        unread = unread_counts.unread(next(iter(found[counts]), None))
    return unread, list(heads.values())


def _present(keys: dict[str, list[dynamo.Key]]) -> dict[str, list[Item]]:
    """Read items by table; a stage without notifications has no counts."""
    if not keys:
        return {}
    try:
        return dynamo.batch_get(keys)
    except ClientError as error:
        counts = unread_counts.COUNTERS.name
        missing = error.response["Error"]["Code"] == "ResourceNotFoundException"
        if not missing or counts not in keys:
            raise
        _no_counts.put(counts, True)
        rest = {table: wanted for table, wanted in keys.items() if table != counts}
        return dynamo.batch_get(rest) if rest else {}


def _in_turn(cold: list[str]) -> list[str]:
    """Return the authors whose heads this poll reads."""
    limits = process.limits(UpdateLimits)
    if len(cold) <= limits.heads:
        return cold
    first = now_ms() // limits.turn_ms * limits.heads % len(cold)
    return [*cold[first:], *cold[:first]][: limits.heads]


def _pulled_ids(head: Head, until: int, oldest: int) -> Iterator[int]:
    """Yield ids of living tweets that followers pull, newest first.

    Args:
        until: first id that is pushed again, or 0.
    """
    for line in head.lines():
        if line.position < oldest:
            return
        if line.kind != GONE and (not until or line.position < until):
            yield line.position
