"""Tweets by id, for a viewer who may see them: hydrate → rules → present."""

from collections.abc import Iterable

from chalicelib.tweets.pipeline.hydration import (
    HydrationState,
    load_authors,
    load_entries,
    load_tweets,
)
from chalicelib.tweets.pipeline.presentation import present
from chalicelib.tweets.pipeline.rules import visible
from chalicelib.tweets.pipeline.skeletons import Entry

from shared.aws.dynamo import Item
from shared.base.errors import missing_resource


def tweets_by_ids(viewer_id: str | None, tweet_ids: list[str], query: Item, parameter: str) -> Item:
    """Return tweets in the given order, with errors for invisible ones.

    Args:
        parameter: name of the parameter that holds the ids, for errors.
    """
    state = HydrationState(viewer_id, query)
    tweets = _visible_tweets(state, tweet_ids)
    body = present(state, tweets)
    found = {tweet["id"] for tweet in tweets}
    errors = [missing_resource("tweet", i, parameter) for i in tweet_ids if i not in found]
    if errors:
        body["errors"] = [*body.get("errors", ()), *errors]
    return body


def visible_tweet(viewer_id: str | None, tweet_id: str) -> Item | None:
    """Return a stored tweet that the viewer may see."""
    tweets = _visible_tweets(HydrationState(viewer_id, {}), [tweet_id])
    return tweets[0] if tweets else None


def visible_ids(viewer_id: str | None, tweet_ids: Iterable[str]) -> set[str]:
    """Return the ids of those tweets that the viewer may see."""
    tweets = _visible_tweets(HydrationState(viewer_id, {}), tweet_ids)
    return {tweet["id"] for tweet in tweets}


def _visible_tweets(state: HydrationState, tweet_ids: Iterable[str]) -> list[Item]:
    tweets = load_entries(state, [Entry(tweet_id) for tweet_id in tweet_ids])
    # Only now it is known which of them are retweets.
    load_tweets(state, [t["retweeted_tweet_id"] for t in tweets if t["kind"] == "retweet"])
    load_authors(state, tweets)
    return [tweet for tweet in tweets if visible(state, tweet)]
