"""People, follows and tweets to measure with.

Crowds are written straight into the tables, in the form that the domain's own
models give them. While they are, follows are counted but not announced.
"""

import random
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scripts.pump.support import Source
from shared.aws import dynamo, sdk
from shared.base import ids
from shared.base.clock import now_ms
from shared.base.process import process
from shared.contracts import profiles
from shared.http.rate_limit import RateLimits
from tests.platform import Person, Platform, cheap_passwords
from tests.remembering import remembering

SEED = 20
TEXTS = (
    "Rooks came back to the elms this morning, loud as a schoolyard.",
    "Notes from the third week: fewer calls, smaller items, and nobody missed the cache at all.",
    "If you only read one thing about tides today, let it be the harbour master's own log, "
    "kept every day since 1891 without a gap and without a single adjective.",
    "Bread is in the oven. Ask me anything.",
)


@dataclass(frozen=True)
class Size:
    """Sizes of the fixtures.

    Attributes:
        repeats: runs of each operation.
        alone: of these, runs whose events are waited for, to see what workers do.
        followers: of the author whose tweet is pushed.
        reading: share of them who read their home timeline.
        followees: of the reader of a home timeline; a tenth of them are celebrities.
        whole: runs of each operation that is measured with its workers.
        pages: loads of each warm page that is measured by the size of a crowd.
        largest: crowds of more are left out.
    """

    repeats: int = 20
    alone: int = 2
    followers: int = 1000
    reading: float = 0.4
    followees: int = 200
    whole: int = 4
    pages: int = 5
    largest: int = 100_000


FULL = Size()
QUICK = Size(repeats=5, alone=1, whole=2, pages=2, largest=10_000)
# In every test run: what needs no more than seconds.
TESTED = Size(repeats=5, alone=1, whole=2, pages=1, largest=1000)


@contextmanager
def as_deployed() -> Iterator[None]:
    """Put the limits of a deployed stage in force, and stop caches' clocks."""
    with remembering(), process.limited(RateLimits(multiplier=1)):
        yield


def register(platform: Platform) -> Person:
    """Register somebody with a cheap password, past an address's limits."""
    with cheap_passwords(), process.limited(RateLimits(multiplier=1000)):
        return platform.register()


@contextmanager
def unannounced(platform: Platform) -> Iterator[None]:
    """Let nobody hear of what is written inside the block.

    Stream handlers count and derive, but all queues are passed over: a thousand
    notifications would only take time.
    """
    with passing_over(platform, (queue.source for p in platform.pumps for queue in p.queues)):
        yield


def full_suggestions() -> None:
    """Fill the list of popular users, as on a platform of some size."""
    from chalicelib.users.profiles import popular

    popular.note({ids.new_id(): 2**40 for _ in range(popular.LISTED)})


@contextmanager
def unread(platform: Platform, *readers: str) -> Iterator[None]:
    """Let some readers of streams pass over what is written inside the block."""
    streams = (stream.source for pump in platform.pumps for stream in pump.streams)
    with passing_over(platform, (one for one in streams if one.name in readers)):
        yield


@contextmanager
def passing_over(platform: Platform, sources: Iterable[Source]) -> Iterator[None]:
    """Let the handlers of some sources do nothing inside the block."""
    found = list(sources)
    kept = [source.handler for source in found]
    platform.settle()
    for source in found:
        source.handler = lambda *_: None
    try:
        yield
        platform.settle(900)
    finally:
        for source, handler in zip(found, kept, strict=True):
            source.handler = handler


def people(count: int) -> list[str]:
    """Users with nothing but a profile; returns their ids."""
    from chalicelib.users.core.models import User

    now = now_ms()
    made = []
    for number in range(count):
        name = f"b{secrets.token_hex(5)}"
        made.append(
            User(
                ids.new_id(), username=name, name=f"Bench {number}", roles={"user"},
                description=TEXTS[number % len(TEXTS)], created_at=now, updated_at=now,
            )
        )  # fmt: skip
    _put(made)
    return [user.id for user in made]


def follows(pairs: Iterable[tuple[str, str]]) -> None:
    """Write old follows as the users domain stores them.

    The followers may not be blocked: their graph items are made anew.
    """
    from chalicelib.users.core.models import Follow, UserGraph

    then = now_ms() - 365 * 86_400_000
    pairs = list(pairs)
    dynamo.batch_write(
        Follow.Meta.table_name,
        puts=[
            {
                "user_id": user,
                "target_id": target,
                "followed_id": target,
                "following": True,
                "version": 1,
                "updated_at": then,
            }
            for user, target in pairs
        ],
    )
    dynamo.batch_write(
        UserGraph.Meta.table_name,
        puts=[{"user_id": one, "version": now_ms()} for one in {user for user, _ in pairs}],
    )


def celebrate(user_ids: Iterable[str], followers: int = 50_000) -> None:
    """Make users celebrities by their counter, pulled from now on."""
    from chalicelib.tweets.heads import delivery_modes
    from chalicelib.users.core.models import Counter

    celebrities = list(user_ids)
    _put(Counter(user_id, followers=followers) for user_id in celebrities)
    with at_once():
        for user_id in celebrities:
            delivery_modes.switch(user_id, "pull")


@contextmanager
def at_once() -> Iterator[None]:
    """Let switches, follows and returns take effect now, not in a minute."""
    from chalicelib.tweets.core.announcements import AnnouncementLimits
    from chalicelib.tweets.timelines.reader_state import ReaderLimits

    try:
        with process.limited(AnnouncementLimits(lead_ms=0), ReaderLimits(settle_ms=0)):
            yield
    finally:
        _forget_heads_and_tweets()


def reading_home(user_ids: Iterable[str]) -> None:
    """Mark users as readers of today, so that tweets are pushed to them."""
    from chalicelib.tweets.core.models import TimelineEntry
    from chalicelib.tweets.timelines import reader_state

    states = [
        {
            "user_id": user_id,
            "position": reader_state.POSITION,
            "active_day": reader_state.today(),
            "since": 1,
        }
        for user_id in user_ids
    ]
    dynamo.batch_write(TimelineEntry.Meta.table_name, puts=states)


def cold() -> None:
    """Forget cards, relations, heads, tweets and switches: a cold process."""
    from chalicelib.tweets.core import visibility
    from chalicelib.tweets.timelines import following

    following.forget()
    profiles.CARDS.clear()
    _forget_heads_and_tweets()
    visibility.harmless_relations.clear()


def fresh(person: Person) -> None:
    """Begin a new process, which knows nothing but somebody's token."""
    process.reset()
    with person.platform.unchecked():
        assert person.call("POST", "/2/tweets", {}).status == 400


def _forget_heads_and_tweets() -> None:
    from chalicelib.tweets.core import cache
    from chalicelib.tweets.heads import recent_switches

    for one in (cache.heads, cache.tweets, cache.busy_counters, recent_switches.switches):
        one.forget()


def tweets(author_ids: Iterable[str]) -> list[str]:
    """One tweet of each author, in order, through the domain's own code."""
    from chalicelib.tweets.posting import create

    made = []
    for number, author in enumerate(author_ids):
        body = {"text": TEXTS[number % len(TEXTS)]}
        made.append(create.create_tweet(author, body, {}, f"user:{author}")["id"])
    return made


def busy_authors(followees: list[str], count: int) -> list[str]:
    """Authors of a home timeline's newest tweets, by Zipf's law."""
    chance = random.Random(SEED)
    weights = [1 / (rank + 1) for rank in range(len(followees))]
    shuffled = chance.sample(followees, len(followees))
    return chance.choices(shuffled, weights, k=count)


def home_reader(platform: Platform, size: Size, *, spread: bool = False) -> Person:
    """Reader of many authors, a tenth celebrities, with over a page to read.

    With ``spread`` every tweet is by another author: the dearest page there is.
    """
    reader = register(platform)
    with unannounced(platform):
        followees = people(size.followees)
        follows((reader.id, followee) for followee in followees)
    celebrate(followees[::10])
    with at_once():
        reader.home()
    tweets((followees * 2)[:80] if spread else busy_authors(followees, 80))
    platform.settle(60)
    return reader


def popular_author(platform: Platform, size: Size) -> Person:
    """Somebody with exactly so many followers, of whom some read.

    Readers are spread over the followers in the order of their ids.
    """
    author = register(platform)
    with unannounced(platform):
        followers = [ids.new_id() for _ in range(size.followers)]
        follows((follower, author.id) for follower in followers)
    chance = random.Random(SEED)
    reading_home(chance.sample(followers, readers(size)))
    return author


def readers(size: Size) -> int:
    """Followers of `popular_author` to whom tweets are delivered."""
    return round(size.followers * size.reading)


def _put(models: Iterable[Any]) -> None:
    everything = list(models)
    for start in range(0, len(everything), 25):
        chunk = everything[start : start + 25]
        table = chunk[0].Meta.table_name
        pending: Any = {table: [{"PutRequest": {"Item": one.serialize()}} for one in chunk]}
        while pending:
            answer = sdk.client("dynamodb").batch_write_item(RequestItems=pending)
            pending = answer.get("UnprocessedItems")
