"""What a page of tweets is made of: entries, and the tweets, counters, cards, relations read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalicelib.tweets.core import cache, visibility
from chalicelib.tweets.core.models import Counter, Tweet

from shared.aws import dynamo
from shared.base.clock import now_ms
from shared.base.ids import first_id_at
from shared.contracts import graph, profiles, tweet_object
from shared.contracts.fields import chosen
from shared.contracts.graph import Relation
from shared.contracts.profiles import UserCard
from shared.contracts.revocations import HIDDEN_LAST_MS

Item = dict[str, Any]
# Expansions that polls and counters are read for.
POLLS = "attachments.poll_ids"
# Where a tweet names what an expansion adds: shown with it, so that both can be put together.
_NAMED_IN = {
    "author_id": "author_id",
    "in_reply_to_user_id": "in_reply_to_user_id",
    "entities.mentions.username": "entities",
    "attachments.media_keys": "attachments",
    POLLS: "attachments",
    "referenced_tweets.id": "referenced_tweets",
    "referenced_tweets.id.author_id": "referenced_tweets",
    "referenced_tweets.id.attachments.media_keys": "referenced_tweets",
}
COUNTED = frozenset({"public_metrics", *tweet_object.OWNERS_METRICS})
# A day less than notes of who is hidden last.
_OLD_MS = HIDDEN_LAST_MS - 86_400_000


@dataclass(frozen=True)
class Entry:
    """One line of a skeleton; ``retweeted_id`` saves a second round of reads."""

    tweet_id: str
    retweeted_id: str | None = None


@dataclass
class Page:
    """Everything that presenting a list of tweets needs.

    Attributes:
        relations: the viewer's relations by user id; absent means strangers.
        cached: tweets may be as old as `cache` says.
    """

    viewer_id: str | None
    query: Item
    relations: Mapping[str, Relation] = field(default_factory=dict)
    tweets: dict[str, Item] = field(default_factory=dict)
    counts: dict[str, Item] = field(default_factory=dict)
    cached: bool = False
    cards: dict[str, UserCard] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.expansions = chosen(self.query, "expansions")
        named = {_NAMED_IN[one] for one in self.expansions if one in _NAMED_IN}
        self.tweet_fields = chosen(self.query, "tweet") | named
        self.user_fields = chosen(self.query, "user")

    def original(self, tweet: Item) -> Item | None:
        """The tweet that a retweet repeats."""
        return self.tweets.get(tweet.get("retweeted_tweet_id", ""))


def hydrate(page: Page, entries: Iterable[Entry]) -> list[Item]:
    """The tweets of a skeleton, in its order; those that do not exist (any more) are left out."""
    wanted = list(entries)
    ids = [entry.tweet_id for entry in wanted]
    retweets = {entry.tweet_id: entry.retweeted_id for entry in wanted if entry.retweeted_id}
    load(page, [*ids, *retweets.values()], frozenset(retweets))
    return [page.tweets[tweet_id] for tweet_id in ids if tweet_id in page.tweets]


def load(page: Page, tweet_ids: Iterable[str], uncounted: frozenset[str] = frozenset()) -> None:
    """Read tweets that the page does not have yet; a retweet has no counts of its own."""
    missing = [tweet_id for tweet_id in dict.fromkeys(tweet_ids) if tweet_id not in page.tweets]
    if not missing:
        return
    tweets, counters = Tweet.Meta.table_name, Counter.Meta.table_name
    known = cache.tweets().get(missing) if page.cached else {}
    keys = {tweets: [{"id": tweet_id} for tweet_id in missing if tweet_id not in known]}
    if page.tweet_fields & COUNTED or POLLS in page.expansions:
        counted = [tweet_id for tweet_id in missing if tweet_id not in uncounted]
        page.counts |= cache.busy_counters().get(counted)
        keys[counters] = [{"id": one} for one in counted if one not in page.counts]
    found = dynamo.batch_get(keys, sure={tweets})
    for item in [*known.values(), *found[tweets]]:
        if "entities" in item:
            item["entities"] = visibility.entities(item)
        page.tweets[item["id"]] = item
    if page.cached:
        cache.tweets().renew(found[tweets])
    counts = {item["id"]: item for item in found.get(counters, ())}
    cache.busy_counters().renew({one: item for one, item in counts.items() if cache.busy(item)})
    page.counts |= counts


def load_authors(page: Page, tweets: Iterable[Item], *, followed: bool = False) -> None:
    """Cards of the authors, of retweeted authors, and of whom the expansions name.

    The viewer's relations to them all come in the same BatchGetItem.

    Args:
        followed: the authors are all followed by the viewer, whose relations to them are known:
            their cards are read only if they are shown, or for tweets so old that nobody
            would know otherwise that the author has been suspended or left.
    """
    wanted: set[str] = set()
    shown = "author_id" in page.expansions or "username" in page.tweet_fields
    old = 0 if shown or not followed else first_id_at(now_ms() - _OLD_MS)
    for tweet in tweets:
        if not old or int(tweet["id"]) < old:
            wanted.add(tweet["author_id"])
        if original := page.original(tweet):
            wanted.add(original["author_id"])
        if "entities.mentions.username" in page.expansions:
            wanted |= {m["id"] for m in tweet.get("entities", {}).get("mentions", ())}
        if "in_reply_to_user_id" in page.expansions and tweet.get("in_reply_to_user_id"):
            wanted.add(tweet["in_reply_to_user_id"])
    missing = wanted - page.cards.keys()
    if followed or not page.viewer_id:
        page.cards |= profiles.cards(missing)
        return
    strangers = (wanted | page.cards.keys()) - page.relations.keys() - {page.viewer_id}
    cards, relations = graph.cards_and_relations(page.viewer_id, missing, strangers)
    page.cards |= cards
    page.relations = {**page.relations, **relations}
