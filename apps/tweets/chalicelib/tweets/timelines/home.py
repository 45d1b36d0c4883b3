"""Home timeline: tweets of followed authors and the reader's own.

One page goes through four steps, as every list of tweets does (`fill_page`):

    skeleton → hydrate → rules → present

The skeleton merges three sources by tweet id: entries that fan-out pushed to the reader,
heads of authors who are pulled instead (`FollowedAuthors` says who), and the reader's own
tweets. The steps write nothing; `save` then writes the traces of a page.
"""

from collections import ChainMap
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from chalicelib.tweets.heads import reader_processes, store
from chalicelib.tweets.heads.heads import Head
from chalicelib.tweets.pipeline import recent_writes
from chalicelib.tweets.pipeline.fill import fill_page
from chalicelib.tweets.pipeline.hydration import (
    HydrationState,
    load_entries,
    load_followed_authors,
)
from chalicelib.tweets.pipeline.presentation import present
from chalicelib.tweets.pipeline.rules import visible
from chalicelib.tweets.pipeline.skeletons import Entry, Skeleton, by_author, cut, merge, of_items
from chalicelib.tweets.pipeline.window import Window, excluded_kinds, parse_window
from chalicelib.tweets.timelines import entries, following, reader_state, rebuild
from chalicelib.tweets.timelines.followed_authors import FollowedAuthors
from chalicelib.tweets.timelines.head_skeletons import Depth, of_authors

from shared.auth.revocations import revocations
from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.contracts import graph
from shared.contracts.graph import Relation


def home_timeline(user_id: str, query: Item, *, counts_views: bool = True) -> Item:
    """Return one page of a reader's home timeline.

    Calls: relations, entries with the reader's state, new switches of modes, the reader's
    own tweets, heads of pulled authors, tweets; the first of a day writes the state as well.
    """
    relations, graph_state = following.load(user_id)
    state = HydrationState(
        user_id, query, relations=relations, cached=True, counts_views=counts_views
    )
    authors = FollowedAuthors(relations, now_ms())
    home = Home(user_id, excluded_kinds(query), authors, graph_state)
    body = fill_page(
        state,
        parse_window(query, f"home:{user_id}"),
        skeleton=partial(skeleton, home),
        hydrate=partial(hydrate, home),
        rules=rules,
        present=present,
        deduplicate=deduplicate,
    )
    save(home)
    return body


@dataclass
class Home:
    """One request for a reader's home timeline.

    Attributes:
        without: kinds of tweets to leave out.
        graph_state: tells who blocks the reader.
        heads: author heads that were read.
        depth: indexes that the page may still read.
        uncovered: heads read only because pushed entries may be missing.
    """

    user_id: str
    without: frozenset[str]
    authors: FollowedAuthors
    graph_state: graph.GraphState
    heads: dict[str, Head] = field(default_factory=dict)
    depth: Depth = field(default_factory=Depth)
    uncovered: int = 0


def skeleton(home: Home, window: Window) -> Skeleton:
    """Return the newest entries of a window, as far as a page may read.

    There are none of authors whom the reader mutes or blocks: `FollowedAuthors.shown`
    decides about authors, and `rules` only about the authors of retweeted tweets.
    """
    return home.depth.limit(window, partial(_merge_sources, home))


def hydrate(home: Home, state: HydrationState, found: list[Entry]) -> list[Item]:
    """Return tweets, and load cards where a rule or field needs them.

    Following is all that a protected account asks for, so most authors' cards are not read.
    """
    tweets = _without_blockers(home, state, load_entries(state, found))
    load_followed_authors(state, tweets)
    return tweets


def _follows(state: HydrationState, user_id: str) -> bool:
    relation = state.relations.get(user_id)
    return bool(relation and relation.following)


def _without_blockers(home: Home, state: HydrationState, tweets: list[Item]) -> list[Item]:
    """Drop tweets of authors who block the reader.

    The blocks of retweeted authors become relations, for `rules`.
    """
    known = home.graph_state
    if not (known.blockers or known.many_blockers):
        return tweets
    authors = {tweet["author_id"] for tweet in state.tweets.values()}
    if known.many_blockers:
        # A block ends the follow within a second, so only others are asked for, one by one.
        authors = {one for one in authors if not _follows(state, one)}
    blockers = graph.blockers_among(known, authors)
    severed = {one: Relation(home.user_id, one).sever() for one in blockers}
    # Not a copy: a reader may follow thousands.
    state.relations = ChainMap(severed, cast("dict[str, Relation]", state.relations))
    return [tweet for tweet in tweets if tweet["author_id"] not in blockers]


def rules(state: HydrationState, tweet: Item) -> bool:
    """True for a living tweet of an active author.

    A retweet's original must be visible, and by nobody whom the reader mutes.
    """
    author_id = tweet["author_id"]
    if tweet.get("deleted") or tweet.get("superseded_by") or revocations.hidden([author_id]):
        return False
    card = state.cards.get(author_id)
    if card and not card.active:
        return False
    if tweet["kind"] != "retweet":
        return True
    original = state.original(tweet)
    if original is None:
        return False
    relation = state.relations.get(original["author_id"])
    return not (relation and relation.muted) and visible(state, original)


def deduplicate(tweets: list[Item]) -> list[Item]:
    """Drop retweets if the page shows the original or a newer retweet.

    Tweets are never dropped, and adding an older one to a page drops at most one other.
    """
    shown = {tweet["id"] for tweet in tweets if tweet["kind"] != "retweet"}
    kept = []
    for tweet in tweets:
        if tweet["kind"] == "retweet":
            if tweet["retweeted_tweet_id"] in shown:
                continue
            shown.add(tweet["retweeted_tweet_id"])
        kept.append(tweet)
    return kept


def save(home: Home) -> None:
    """Write the reader's state, consider a rebuild, and count the page."""
    home.authors.save_reader()
    if home.uncovered and home.authors.pushes_arrive:
        rebuild.consider(home.user_id, home.uncovered)
    if reader_state.count_page(home.user_id):
        reader_processes.note()


def _merge_sources(home: Home, window: Window) -> Skeleton:
    """Merge pushed entries, own tweets and heads of pulled authors."""
    pushed = _pushed(home, window)
    pulled = home.authors.pulled_authors(max(window.oldest, pushed.floor or 0))
    found = merge(pushed, _own_tweets(home, window), *_of_heads(home, pulled, window))
    found = cut(found, window.depth)
    lowest = max(window.oldest, found.floor or 0)
    if uncovered := home.authors.uncovered_authors(lowest, pulled):
        found = merge(found, *_of_heads(home, uncovered, window))
        home.uncovered = max(home.uncovered, len(uncovered))
    home.authors.learn_modes(home.heads)
    return found


def _pushed(home: Home, window: Window) -> Skeleton:
    """Return pushed entries; the first read brings the reader's state."""
    read = home.user_id, window.oldest, window.newest, window.depth
    if home.authors.has_arrived:
        items = entries.read(*read)
    else:
        stored, items = reader_state.load_with_entries(*read)
        home.authors.arrive(home.user_id, stored)
    return of_items(items, window.depth, home.without, home.authors.shown)


def _own_tweets(home: Home, window: Window) -> Skeleton:
    """Return the reader's own tweets, also those that the index lacks yet."""
    if following.is_list(home.user_id):
        return Skeleton([], None)
    stored = by_author(home.user_id, window, home.without)
    recent = recent_writes.own_tweets(home.user_id, window, home.without, stored.floor)
    return merge(stored, recent)


def _of_heads(home: Home, author_ids: set[str], window: Window) -> Iterable[Skeleton]:
    if missing := author_ids - home.heads.keys():
        home.heads |= store.load(missing)
    heads = [home.heads[one] for one in author_ids if one in home.authors.shown]
    return of_authors(heads, window, home.without, home.depth)
