"""The one pipeline of every list of tweets: skeleton → hydrate → rules → present.

A skeleton is a list of entries (ids). Hydration (`hydration`) reads tweets and
counters in one BatchGetItem, and authors' cards with the viewer's relations in
another, unless they are known. Rules drop what the viewer may not or would not
see. What is shown adds the viewer's marks, read in one range query.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.tweets.engagement import polls, views
from chalicelib.tweets.engagement.engagements import viewer_marks
from chalicelib.tweets.pages import rules
from chalicelib.tweets.pages.hydration import (
    COUNTED,
    POLLS,
    Entry,
    Page,
    hydrate,
    load,
    load_authors,
)

from shared.base.errors import missing_resource, unauthorized_field
from shared.contracts import media_object, profiles, tweet_object, user_object
from shared.contracts.fields import chosen, in_posts, included_tweets

Item = dict[str, Any]
_MEDIA, _REFERENCED_MEDIA = "attachments.media_keys", "referenced_tweets.id.attachments.media_keys"
_REFERENCED = frozenset(
    {"referenced_tweets.id", "referenced_tweets.id.author_id", _REFERENCED_MEDIA}
)


def apply(page: Page, tweets: list[Item], *asked: rules.Rule) -> list[Item]:
    """The tweets that pass every rule."""
    return [tweet for tweet in tweets if all(rule(page, tweet) for rule in asked)]


def present(page: Page, tweets: list[Item]) -> Item:
    """``data`` and ``includes`` of the answer."""
    if not tweets:
        return {}
    references = _included_tweets(page, tweets)
    marks: dict[str, set[str]] = {}
    if "viewer" in page.tweet_fields and page.viewer_id:
        shown_ids = [_marked_id(tweet) for tweet in tweets]
        marks = viewer_marks(page.viewer_id, [*shown_ids, *(t["id"] for t in references)])
    body: Item = {"data": [_tweet_object(page, tweet, marks) for tweet in tweets]}
    if page.viewer_id:
        views.buffer().note(_seen(page, tweets))
    if errors := [*_refused_fields(page, tweets), *_lost(page, tweets, references)]:
        body["errors"] = errors
    includes: Item = {}
    if references:
        shown = [_tweet_object(page, tweet, marks) for tweet in references]
        includes |= included_tweets(shown, in_posts(page.query))
    if found := _included_polls(page, [*tweets, *references]):
        includes["polls"] = found
    if media := _included_media(page, tweets, references):
        includes["media"] = media
    if users := _included_users(page, tweets, references):
        includes["users"] = users
    if includes:
        body["includes"] = includes
    return body


def one(viewer_id: str | None, tweet_id: str) -> Item | None:
    """A stored tweet that the viewer may see."""
    shown = _visible(Page(viewer_id, {}), [tweet_id])
    return shown[0] if shown else None


def seen(page: Page, tweet_ids: list[str]) -> set[str]:
    """Those of the tweets that the page's viewer may see."""
    return {tweet["id"] for tweet in _visible(page, tweet_ids)}


def by_ids(viewer_id: str | None, tweet_ids: list[str], query: Item, parameter: str) -> Item:
    """Tweets in the order asked for, with partial errors for those not to be seen."""
    page = Page(viewer_id, query)
    shown = _visible(page, tweet_ids)
    body = present(page, shown)
    seen = {tweet["id"] for tweet in shown}
    errors = [missing_resource("tweet", i, parameter) for i in tweet_ids if i not in seen]
    if errors:
        body["errors"] = [*body.get("errors", ()), *errors]
    return body


def _refused_fields(page: Page, tweets: list[Item]) -> list[Item]:
    """Partial errors for the metrics of others' tweets, which are their authors' alone."""
    asked = sorted(page.tweet_fields & tweet_object.OWNERS_METRICS.keys())
    return [
        unauthorized_field("tweet", tweet["id"], field)
        for tweet in tweets
        for field in asked
        if tweet["author_id"] != page.viewer_id
    ]


def _seen(page: Page, tweets: list[Item]) -> dict[str, Item | None]:
    """Whose views count: others' tweets, and their counters where the page has read them."""
    nothing: Item | None = {} if page.tweet_fields & COUNTED else None
    return {
        _marked_id(tweet): page.counts.get(_marked_id(tweet), nothing)
        for tweet in tweets
        if page.viewer_id not in (tweet["author_id"], tweet.get("retweeted_user_id"))
    }


def _lost(page: Page, tweets: list[Item], found: list[Item]) -> list[Item]:
    """Partial errors for tweets that an expansion names and that are not to be seen any more."""
    if not page.expansions & _REFERENCED:
        return []
    seen = {tweet["id"] for tweet in found}
    ids = [one["id"] for tweet in tweets for one in tweet_object.referenced(tweet)]
    lost = dict.fromkeys(i for i in ids if i not in seen)
    return [missing_resource("tweet", tweet_id, "referenced_tweets.id") for tweet_id in lost]


def _visible(page: Page, tweet_ids: list[str]) -> list[Item]:
    tweets = hydrate(page, [Entry(tweet_id) for tweet_id in tweet_ids])
    load(page, [t["retweeted_tweet_id"] for t in tweets if t["kind"] == "retweet"])
    load_authors(page, tweets)
    return apply(page, tweets, rules.visible)


def _included_tweets(page: Page, tweets: list[Item]) -> list[Item]:
    ids: list[str] = []
    if page.expansions & _REFERENCED:
        ids += [reference["id"] for tweet in tweets for reference in tweet_object.referenced(tweet)]
    if "edit_history_tweet_ids" in page.expansions:
        ids += [i for tweet in tweets for i in tweet.get("edit_history", ()) if i != tweet["id"]]
    if not ids:
        return []
    load(page, ids)
    found = [page.tweets[i] for i in dict.fromkeys(ids) if i in page.tweets]
    load_authors(page, found)
    return apply(page, found, rules.visible)


def _included_polls(page: Page, tweets: list[Item]) -> list[Item]:
    if POLLS not in page.expansions:
        return []
    fields = chosen(page.query, "poll")
    asked = {tweet["id"]: tweet for tweet in tweets if tweet.get("poll")}
    return [
        polls.present(tweet, fields, page.counts.get(tweet_id, {}))
        for tweet_id, tweet in asked.items()
    ]


def _included_media(page: Page, tweets: list[Item], references: list[Item]) -> list[Item]:
    asked = [*tweets, *references] if _MEDIA in page.expansions else []
    if _REFERENCED_MEDIA in page.expansions:
        asked += references
    fields = chosen(page.query, "media")
    kept = {one["id"]: one for tweet in asked for one in media_object.of_tweet(tweet)}
    return [media_object.present(one, fields) for one in kept.values()]


def _included_users(page: Page, tweets: list[Item], references: list[Item]) -> list[Item]:
    wanted_ids: dict[str, None] = {}
    for tweet in tweets:
        if "author_id" in page.expansions:
            wanted_ids[tweet["author_id"]] = None
        if "in_reply_to_user_id" in page.expansions and tweet.get("in_reply_to_user_id"):
            wanted_ids[tweet["in_reply_to_user_id"]] = None
        if "entities.mentions.username" in page.expansions:
            for mention in tweet.get("entities", {}).get("mentions", ()):
                wanted_ids[mention["id"]] = None
    if "referenced_tweets.id.author_id" in page.expansions:
        wanted_ids |= {tweet["author_id"]: None for tweet in references}
    found = (page.cards.get(user_id) for user_id in wanted_ids)
    cards = [card for card in found if card and card.active]
    counts: Mapping[str, Item] = {}
    if cards and user_object.needs_counts(page.user_fields):
        counts = profiles.counts(card.id for card in cards)
    return [user_object.present(card.item, page.user_fields, counts.get(card.id)) for card in cards]


def _marked_id(tweet: Item) -> str:
    """Likes and retweets of a retweet belong to its original."""
    return str(tweet.get("retweeted_tweet_id") or tweet["id"])


def _tweet_object(page: Page, tweet: Item, marks: dict[str, set[str]]) -> Item:
    original = page.original(tweet)
    repeated = page.cards.get(original["author_id"]) if original else None
    author = page.cards.get(tweet["author_id"])
    marked = _marked_id(tweet)
    return tweet_object.present(
        tweet,
        page.tweet_fields,
        counts=page.counts.get(marked),
        marks=marks.get(marked, set()) if page.viewer_id else None,
        original=original,
        original_username=repeated.username if repeated else None,
        username=author.username if author else None,
        owned=tweet["author_id"] == page.viewer_id,
    )
