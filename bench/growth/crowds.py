"""Crowds of every size, written straight into the tables.

Nobody is told of them: the pumps stand still, and what streams would derive is written
here as well. So every function must write what the domains themselves would have stored.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bench import fixtures
from shared.aws import dynamo
from shared.aws.streams import Change
from shared.aws.table import Table
from shared.base import ids
from shared.base.clock import now_ms
from tests.platform import Person, Platform

HOUR_MS = 3_600_000
# Authors of the newest tweets, as on the page of the budgets.
AUTHORS = 43
TWEETS = 60


def tweets(authors: Sequence[str]) -> list[tuple[str, str]]:
    """Tweets for a page and more: pairs of id and author."""
    chosen = [authors[number % len(authors)] for number in range(TWEETS)]
    return list(zip(fixtures.tweets(chosen), chosen, strict=True))


def home_reader(
    platform: Platform, followees: Sequence[str], pushed: Iterable[tuple[str, str]]
) -> Person:
    """Reader of pushed tweets, who looked at delivery modes an hour ago.

    Args:
        pushed: tweets of the followees: pairs of id and author.
    """
    reader = fixtures.register(platform)
    fixtures.follows((reader.id, one) for one in followees)
    _deliver(reader.id, pushed)
    return reader


def _deliver(reader_id: str, pushed: Iterable[tuple[str, str]], **state: Any) -> None:
    """Write entries, and the state of a reader who arrived long ago."""
    from chalicelib.tweets.timelines import entries, reader_state

    entries.put(entries.entry(reader_id, int(i), author, "tweet", None) for i, author in pushed)
    day, looked = reader_state.today(), now_ms() - HOUR_MS
    state |= {"active_day": day, "reads_day": day, "modes_at": looked, "pulled": b"", "since": 1}
    entries.put([{"user_id": reader_id, "position": reader_state.POSITION, **state}])


def blockers(user_id: str, count: int, total: int) -> None:
    """Let so many more people have blocked a user long ago.

    Args:
        total: how many have then.
    """
    from chalicelib.users.core import models

    then, people = now_ms() - 365 * 24 * HOUR_MS, list(_ids(count))
    pair = {"following": False, "version": 1, "updated_at": then}
    if not hasattr(models, "UserGraph"):
        # Both directions of a pair held what either had done.
        pairs = ({"user_id": user_id, "target_id": one, "blocked_by": True} for one in people)
        models.FOLLOWS.batch_write(puts=({**one, **pair} for one in pairs))
        return
    from shared.contracts.graph_state import MAX_BLOCKERS

    theirs = ({"user_id": one, "target_id": user_id, "blocked": True} for one in people)
    models.FOLLOWS.batch_write(puts=({**one, **pair} for one in theirs))
    state = {"user_id": user_id, "version": 1, "changed_at": then}
    known = {"many_blockers": True} if total > MAX_BLOCKERS else {"blockers": set(people)}
    dynamo.batch_write(models.UserGraph.Meta.table_name, puts=[{**state, **known}])


def switches(count: int) -> list[dict[str, Any]]:
    """Let so many others have switched half an hour ago; returns their keys.

    All are like one who really switches.
    """
    from chalicelib.tweets.core.models import SWITCHES
    from chalicelib.tweets.heads import delivery_modes

    first = ids.new_id()
    with fixtures.at_once():
        delivery_modes.switch(first, "pull")
    stored = next(one for one in _scan(SWITCHES) if one["at"].endswith(f"#{first}"))
    then = now_ms() - HOUR_MS // 2
    keys = [{"list": stored["list"], "at": f"{then:013d}#{one}"} for one in _ids(count - 1)]
    SWITCHES.batch_write(puts=({**stored, **key} for key in keys))
    return [*keys, {name: stored[name] for name in ("list", "at")}]


def no_switches(keys: Iterable[dict[str, Any]]) -> None:
    """Delete switches, which all readers of the platform would see."""
    from chalicelib.tweets.core.models import SWITCHES

    SWITCHES.batch_write(deletes=keys)


def list_of(owner: Person, members: Sequence[str], pushed: Iterable[tuple[str, str]]) -> str:
    """List of so many members, which is read often.

    Args:
        pushed: tweets of the members: pairs of id and author.
    """
    from chalicelib.tweets.core.models import COUNTERS, LISTS, TIMELINES

    made: str = owner.ok("POST", "/2/lists", {"name": "Everybody"})["data"]["id"]
    owner.ok("POST", f"/2/lists/{made}/members", {"user_id": members[0]})
    then = now_ms() - 365 * 24 * HOUR_MS
    entry = {"list_id": made, "entry": f"member#{members[0]}"}
    (first,) = LISTS.get_many([entry], consistent=True)
    first["updated_at"] = then
    LISTS.batch_write(puts=[first, *_copies(first, "member#", members[0], members[1:])])
    COUNTERS.batch_write(puts=[{"id": f"list#{made}", "members": len(members)}])
    # A list is a reader of its members; its last change was long ago.
    reader = f"list#{made}"
    stored = list(TIMELINES.query("#user_id = :user", {"user": reader}))
    TIMELINES.batch_write(puts=({**one, "changed_at": then} for one in stored))
    _deliver(reader, pushed, frequent_since=1)
    return made


def heads(tweeting: Sequence[str], silent: Iterable[str]) -> None:
    """Heads as the stream worker builds them; the silent tweeted a year ago."""
    from chalicelib.tweets.core.models import HEADS
    from chalicelib.tweets.heads import heads, store

    store.build_missing(tweeting)
    old = ids.first_id_at(now_ms() - 365 * 24 * HOUR_MS)
    packed, _ = heads.pack(heads.Line(old + number * 10**12, "tweet") for number in range(5))
    HEADS.batch_write(
        puts=({**heads.Head(one, packed, version=1).item, "modes": None} for one in silent)
    )


def sharded_account(followers: Sequence[str], shards: int) -> str:
    """Account whose followers are listed under so many keys."""
    from chalicelib.users.core.models import FOLLOWS, USERS

    from shared.contracts import follower_shards

    (account,) = fixtures.people(1)
    if shards == 1:
        fixtures.follows((one, account) for one in followers)
        return account
    profile = {"id": account, "follower_shards": shards, "follower_shards_from": 1}
    USERS.update(
        {"id": account},
        "SET #follower_shards = :shards, #follower_shards_from = :since",
        {"shards": shards, "since": 1},
    )
    numbers = (2 << doubling for doubling in range(shards.bit_length() - 1))
    FOLLOWS.batch_write(puts=(follower_shards.marker(account, number) for number in numbers))
    then = now_ms() - 365 * 24 * HOUR_MS
    pair = {"target_id": account, "following": True, "version": 1, "updated_at": then}
    FOLLOWS.batch_write(
        puts=(
            {
                "user_id": one,
                **pair,
                "followed_id": follower_shards.listed_under(profile, one, now_ms()),
            }
            for one in followers
        )
    )
    return account


def likes(tweet_id: str, first: Person, likers: Iterable[str]) -> None:
    """Let people like a tweet, each as the first one does."""
    from chalicelib.tweets.core.models import ENGAGEMENTS
    from chalicelib.tweets.engagement import items

    first.ok("POST", f"/2/users/{first.id}/likes", {"tweet_id": tweet_id})
    (like,) = ENGAGEMENTS.get_many([items.key(first.id, tweet_id, "like")], consistent=True)
    ENGAGEMENTS.batch_write(puts=({**like, "user_id": one} for one in likers))


def replies(tweet_id: str, first: Person, count: int) -> None:
    """Let a tweet have so many more replies, all like the first one."""
    from chalicelib.tweets.core.models import TWEETS

    reply = first.tweet("I think so", reply={"in_reply_to_tweet_id": tweet_id})
    (stored,) = TWEETS.get_many([{"id": reply}], consistent=True)
    TWEETS.batch_write(puts=({**stored, "id": one, "position": int(one)} for one in _ids(count)))


def namesakes(word: str, count: int, profiles: int) -> None:
    """Let so many more people share a word of their names.

    All are indexed like one whom the worker indexes.

    Args:
        profiles: of these, people with a profile; a page reads no more.
    """
    from chalicelib.users.core.models import SEARCH_ENTRIES, USERS
    from chalicelib.users.profiles import search_index

    there = fixtures.people(min(count, profiles))
    (profile,) = USERS.get_many([{"id": there[0]}], consistent=True)
    named = {**profile, "name": word.title()}
    search_index.index_change(Change(there[0], {"id": there[0]}, None, named))
    key = {"prefix": search_index.prefix(word), "entry": f"{word}#{there[0]}"}
    (entry,) = SEARCH_ENTRIES.get_many([key], consistent=True)
    others = sorted([*there[1:], *_ids(count - len(there))])
    SEARCH_ENTRIES.batch_write(puts=_copies(entry, f"{word}#", there[0], others))


def strangers() -> Iterator[str]:
    """Yield ids of people without a profile, for ever."""
    while True:
        yield ids.new_id()


def _scan(table: Table[Any]) -> Iterator[dynamo.Item]:
    page = table.scan_page()
    yield from page.items
    while page.last_key:
        page = table.scan_page(start=page.last_key)
        yield from page.items


def _copies(
    item: dynamo.Item, prefix: str, original: str, others: Iterable[str]
) -> Iterator[dynamo.Item]:
    """Yield an item of a person as that of others."""
    for one in others:
        names = {original: one, f"{prefix}{original}": f"{prefix}{one}"}
        yield {
            name: names.get(value, value) if isinstance(value, str) else value
            for name, value in item.items()
        }


def _ids(count: int) -> Iterator[str]:
    return (ids.new_id() for _ in range(count))
