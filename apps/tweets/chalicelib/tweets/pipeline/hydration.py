"""Hydration: tweets, counters, cards and relations of a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chalicelib.tweets.core import cache, visibility
from chalicelib.tweets.core.long_text_model import TEXTS
from chalicelib.tweets.core.models import COUNTERS, TWEETS
from chalicelib.tweets.pipeline import notes
from chalicelib.tweets.pipeline.skeletons import Entry

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.base.ids import first_id_at
from shared.contracts import graph, profiles, tweet_object
from shared.contracts.fields import chosen
from shared.contracts.graph import Relation
from shared.contracts.profiles import UserCard
from shared.contracts.revocations import HIDDEN_LAST_MS

# Expansions that polls and counters are read for.
POLLS = "attachments.poll_ids"
# The field that names what an expansion adds: shown with it, so that clients can join them.
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
# A day less than revocations of hidden accounts last.
_OLD_MS = HIDDEN_LAST_MS - 86_400_000


@dataclass
class HydrationState:
    """The viewer, the query, and everything that was loaded for one answer.

    Attributes:
        viewer_id: ``None`` for an anonymous viewer.
        query: the checked query parameters.
        relations: the viewer's relations by user id; absent users are strangers.
        tweets / counts: stored tweets and their counters, by tweet id.
        notes: stored long texts, by tweet id.
        cached: tweets may be as old as `cache` says.
        counts_views: the answer is shown to the viewer, so its tweets count as viewed.
        cards: user cards by id.
        sources: names of the apps that posted the tweets, by client id.
    """

    viewer_id: str | None
    query: Item
    relations: Mapping[str, Relation] = field(default_factory=dict)
    tweets: dict[str, Item] = field(default_factory=dict)
    counts: dict[str, Item] = field(default_factory=dict)
    notes: dict[str, Item] = field(default_factory=dict)
    cached: bool = False
    counts_views: bool = True
    cards: dict[str, UserCard] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.expansions = chosen(self.query, "expansions")
        named = {_NAMED_IN[one] for one in self.expansions if one in _NAMED_IN}
        self.tweet_fields = chosen(self.query, "tweet") | named
        self.user_fields = chosen(self.query, "user")

    def original(self, tweet: Item) -> Item | None:
        """Return the tweet that a retweet repeats."""
        return self.tweets.get(tweet.get("retweeted_tweet_id", ""))


def hydrate(state: HydrationState, entries: Iterable[Entry]) -> list[Item]:
    """Return the tweets of a skeleton, and load their authors.

    Calls: one BatchGetItem for tweets and counters, one for cards and relations.
    """
    tweets = load_entries(state, entries)
    load_authors(state, tweets)
    return tweets


def load_entries(state: HydrationState, entries: Iterable[Entry]) -> list[Item]:
    """Return the tweets of a skeleton that exist, in its order."""
    wanted = list(entries)
    ids = [entry.tweet_id for entry in wanted]
    retweets = {entry.tweet_id: entry.retweeted_id for entry in wanted if entry.retweeted_id}
    load_tweets(state, [*ids, *retweets.values()], frozenset(retweets))
    return [state.tweets[tweet_id] for tweet_id in ids if tweet_id in state.tweets]


def load_tweets(
    state: HydrationState, tweet_ids: Iterable[str], uncounted: frozenset[str] = frozenset()
) -> None:
    """Load tweets that are not loaded yet.

    Their counters and long texts are loaded if a field shows them.

    Args:
        uncounted: ids of retweets, which have neither counters nor texts of their own.
    """
    missing = [tweet_id for tweet_id in dict.fromkeys(tweet_ids) if tweet_id not in state.tweets]
    if not missing:
        return
    cached = cache.tweets().get(missing) if state.cached else {}
    keys: dict[str, list[Item]] = {
        TWEETS.name: [{"id": tweet_id} for tweet_id in missing if tweet_id not in cached]
    }
    if state.tweet_fields & COUNTED or POLLS in state.expansions:
        counted = [tweet_id for tweet_id in missing if tweet_id not in uncounted]
        state.counts |= cache.busy_counters().get(counted)
        keys[COUNTERS.name] = [{"id": one} for one in counted if one not in state.counts]
    if notes.FIELD in state.tweet_fields:
        keys[TEXTS.name] = notes.keys((i for i in missing if i not in uncounted), cached)
    found = dynamo.batch_get(keys, recheck_missing={TWEETS.name})
    for item in [*cached.values(), *found[TWEETS.name]]:
        if "entities" in item:
            item["entities"] = visibility.entities(item)
        state.tweets[item["id"]] = item
    if state.cached:
        cache.tweets().renew(found[TWEETS.name])
    if notes.FIELD in state.tweet_fields:
        state.notes |= {item["id"]: item for item in found[TEXTS.name]}
        loaded = (state.tweets[one] for one in missing if one in state.tweets)
        state.notes |= notes.late(loaded, state.notes)
    counts = {item["id"]: item for item in found.get(COUNTERS.name, ())}
    cache.busy_counters().renew({one: item for one, item in counts.items() if cache.is_busy(item)})
    state.counts |= counts


def load_authors(state: HydrationState, tweets: list[Item]) -> None:
    """Load authors, users that expansions name, and relations to them.

    Calls: one BatchGetItem for cards and relations neither loaded nor cached.
    """
    wanted = {tweet["author_id"] for tweet in tweets} | _other_users(state, tweets)
    missing = wanted - state.cards.keys()
    if not state.viewer_id:
        state.cards |= profiles.cards(missing)
        return
    strangers = (wanted | state.cards.keys()) - state.relations.keys() - {state.viewer_id}
    cards, relations = graph.cards_and_relations(state.viewer_id, missing, strangers)
    state.cards |= cards
    state.relations = {**state.relations, **relations}


def load_followed_authors(state: HydrationState, tweets: list[Item]) -> None:
    """Load cards for a page by followed authors.

    The viewer's relations to them are loaded already.

    An author's card is loaded only if a field shows it, or for a tweet so old that revocations
    would not tell that its author has been suspended or has left.
    """
    if "author_id" in state.expansions or "username" in state.tweet_fields:
        wanted = {tweet["author_id"] for tweet in tweets}
    else:
        old = first_id_at(now_ms() - _OLD_MS)
        wanted = {tweet["author_id"] for tweet in tweets if int(tweet["id"]) < old}
    wanted |= _other_users(state, tweets)
    state.cards |= profiles.cards(wanted - state.cards.keys())


def _other_users(state: HydrationState, tweets: list[Item]) -> set[str]:
    """Return ids of retweeted authors, and of users that expansions name."""
    wanted = {original["author_id"] for tweet in tweets if (original := state.original(tweet))}
    if "entities.mentions.username" in state.expansions:
        for tweet in tweets:
            wanted |= {m["id"] for m in tweet.get("entities", {}).get("mentions", ())}
    if "in_reply_to_user_id" in state.expansions:
        replied = (tweet.get("in_reply_to_user_id") for tweet in tweets)
        wanted |= {user_id for user_id in replied if user_id}
    return wanted
