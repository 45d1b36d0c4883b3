"""Presentation: stored tweets as tweet objects, with expansions.

The viewer's marks (likes, retweets, bookmarks) of all tweets shown are read in one range query.
"""

from collections.abc import Mapping

from chalicelib.tweets.engagement import polls, views
from chalicelib.tweets.engagement.engagements import viewer_marks
from chalicelib.tweets.pipeline import notes
from chalicelib.tweets.pipeline.hydration import (
    COUNTED,
    POLLS,
    HydrationState,
    load_authors,
    load_tweets,
)
from chalicelib.tweets.pipeline.rules import visible

from shared.aws.dynamo import Item
from shared.base.errors import missing_resource, unauthorized_field
from shared.contracts import client_names, media_object, profiles, tweet_object, user_object
from shared.contracts.fields import chosen, in_posts, included_tweets

_MEDIA, _REFERENCED_MEDIA = "attachments.media_keys", "referenced_tweets.id.attachments.media_keys"
_REFERENCED = frozenset(
    {"referenced_tweets.id", "referenced_tweets.id.author_id", _REFERENCED_MEDIA}
)


def present(state: HydrationState, tweets: list[Item]) -> Item:
    """Return ``data``, ``includes`` and partial ``errors`` of an answer.

    Calls: one Query for the viewer's marks, one BatchGetItem for referenced tweets, one for the
    names of apps that are not cached; each only if a field or an expansion shows them.
    """
    if not tweets:
        return {}
    references = _included_tweets(state, tweets)
    marks: dict[str, set[str]] = {}
    if "viewer" in state.tweet_fields and state.viewer_id:
        shown_ids = [_marked_id(tweet) for tweet in tweets]
        marks = viewer_marks(state.viewer_id, [*shown_ids, *(t["id"] for t in references)])
    if "source" in state.tweet_fields:
        posted = (tweet.get("client_id") for tweet in [*tweets, *references])
        state.sources = client_names.names(one for one in posted if one)
    omitted = notes.bound([*tweets, *references], state.notes)
    body: Item = {"data": [_tweet_object(state, tweet, marks) for tweet in tweets]}
    if state.viewer_id and state.counts_views:
        poller = state.viewer_id if "since_id" in state.query else None
        views.buffer().note(_viewed(state, tweets), poller)
    missing = _missing_references(state, tweets, references)
    if errors := [*_refused_fields(state, tweets), *omitted, *missing]:
        body["errors"] = errors
    includes: Item = {}
    if references:
        shown = [_tweet_object(state, tweet, marks) for tweet in references]
        includes |= included_tweets(shown, in_posts(state.query))
    if found := _included_polls(state, [*tweets, *references]):
        includes["polls"] = found
    if media := _included_media(state, tweets, references):
        includes["media"] = media
    if users := _included_users(state, tweets, references):
        includes["users"] = users
    if includes:
        body["includes"] = includes
    return body


def _refused_fields(state: HydrationState, tweets: list[Item]) -> list[Item]:
    """Return partial errors for metrics that only an author may see."""
    fields = sorted(state.tweet_fields & tweet_object.OWNERS_METRICS.keys())
    return [
        unauthorized_field("tweet", tweet["id"], field)
        for tweet in tweets
        for field in fields
        if tweet["author_id"] != state.viewer_id
    ]


def _viewed(state: HydrationState, tweets: list[Item]) -> dict[str, Item | None]:
    """Return others' tweets, whose views count, with loaded counters."""
    nothing: Item | None = {} if state.tweet_fields & COUNTED else None
    return {
        _marked_id(tweet): state.counts.get(_marked_id(tweet), nothing)
        for tweet in tweets
        if state.viewer_id not in (tweet["author_id"], tweet.get("retweeted_user_id"))
    }


def _missing_references(state: HydrationState, tweets: list[Item], found: list[Item]) -> list[Item]:
    """Return partial errors for referenced tweets that cannot be seen."""
    if not state.expansions & _REFERENCED:
        return []
    known = {tweet["id"] for tweet in found}
    ids = [one["id"] for tweet in tweets for one in tweet_object.referenced(tweet)]
    missing = dict.fromkeys(i for i in ids if i not in known)
    return [missing_resource("tweet", tweet_id, "referenced_tweets.id") for tweet_id in missing]


def _included_tweets(state: HydrationState, tweets: list[Item]) -> list[Item]:
    ids: list[str] = []
    if state.expansions & _REFERENCED:
        ids += [reference["id"] for tweet in tweets for reference in tweet_object.referenced(tweet)]
    if "edit_history_tweet_ids" in state.expansions:
        ids += [i for tweet in tweets for i in tweet.get("edit_history", ()) if i != tweet["id"]]
    if not ids:
        return []
    load_tweets(state, ids)
    found = [state.tweets[i] for i in dict.fromkeys(ids) if i in state.tweets]
    load_authors(state, found)
    return [tweet for tweet in found if visible(state, tweet)]


def _included_polls(state: HydrationState, tweets: list[Item]) -> list[Item]:
    if POLLS not in state.expansions:
        return []
    fields = chosen(state.query, "poll")
    asking = {tweet["id"]: tweet for tweet in tweets if tweet.get("poll")}
    return [
        polls.present(tweet, fields, state.counts.get(tweet_id, {}))
        for tweet_id, tweet in asking.items()
    ]


def _included_media(
    state: HydrationState, tweets: list[Item], references: list[Item]
) -> list[Item]:
    expanded = [*tweets, *references] if _MEDIA in state.expansions else []
    if _REFERENCED_MEDIA in state.expansions:
        expanded += references
    fields = chosen(state.query, "media")
    media = {one["id"]: one for tweet in expanded for one in media_object.of_tweet(tweet)}
    return [media_object.present(one, fields) for one in media.values()]


def _included_users(
    state: HydrationState, tweets: list[Item], references: list[Item]
) -> list[Item]:
    wanted_ids: dict[str, None] = {}
    for tweet in tweets:
        if "author_id" in state.expansions:
            wanted_ids[tweet["author_id"]] = None
        if "in_reply_to_user_id" in state.expansions and tweet.get("in_reply_to_user_id"):
            wanted_ids[tweet["in_reply_to_user_id"]] = None
        if "entities.mentions.username" in state.expansions:
            for mention in tweet.get("entities", {}).get("mentions", ()):
                wanted_ids[mention["id"]] = None
    if "referenced_tweets.id.author_id" in state.expansions:
        wanted_ids |= {tweet["author_id"]: None for tweet in references}
    found = (state.cards.get(user_id) for user_id in wanted_ids)
    cards = [card for card in found if card and card.active]
    counts: Mapping[str, Item] = {}
    if cards and user_object.needs_counts(state.user_fields):
        counts = profiles.counts(card.id for card in cards)
    return [
        user_object.present(card.item, state.user_fields, counts.get(card.id)) for card in cards
    ]


def _marked_id(tweet: Item) -> str:
    """Return the id that likes and retweets of a tweet belong to."""
    return str(tweet.get("retweeted_tweet_id") or tweet["id"])


def _tweet_object(state: HydrationState, tweet: Item, marks: dict[str, set[str]]) -> Item:
    original = state.original(tweet)
    repeated = state.cards.get(original["author_id"]) if original else None
    author = state.cards.get(tweet["author_id"])
    marked = _marked_id(tweet)
    whole = state.notes.get(tweet["id"])
    return tweet_object.present(
        tweet,
        state.tweet_fields,
        counts=state.counts.get(marked),
        marks=marks.get(marked, set()) if state.viewer_id else None,
        original=original,
        original_username=repeated.username if repeated else None,
        username=author.username if author else None,
        owned=tweet["author_id"] == state.viewer_id,
        note=notes.note(whole) if whole else None,
        source=state.sources.get(tweet.get("client_id", "")),
    )
