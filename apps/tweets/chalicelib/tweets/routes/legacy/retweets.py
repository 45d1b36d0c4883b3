"""X API 1.1: retweets of tweets, and tweets to embed."""

from typing import Any

from chalicelib.tweets.pages import pages
from chalicelib.tweets.pipeline import lookup
from chalicelib.tweets.routes.legacy import named
from chalicelib.tweets.routes.legacy.statuses import (
    MODE,
    WINDOW,
    asked_id,
    extended,
    window,
)
from chalicelib.tweets.routes.pages import EMBED
from chalicelib.tweets.timelines import engagement_lists, user_timelines

from shared.auth.scopes import any_access, user_access
from shared.aws.dynamo import Item
from shared.base.errors import not_found
from shared.base.validation import Schema
from shared.contracts import legacy_objects
from shared.contracts.legacy_objects import TWEET_QUERY
from shared.contracts.schemas.legacy import IDS_V1, TWEETS_V1
from shared.http import legacy
from shared.http.api import Api, Call

api = Api(__name__, "API 1.1")

_READ = any_access("tweet.read", "users.read")
_ID: dict[str, Schema] = {"id": {"type": "string", "maxLength": 30}}


@api.endpoint(
    "GET",
    "/1.1/statuses/retweets/{id}",
    access=_READ,
    summary="Get the retweets of a tweet (API 1.1)",
    answer=TWEETS_V1,
    query={**MODE, "count": {"type": "integer", "minimum": 1, "default": 20}},
    limit=75,
    legacy=True,
)
def get_retweets_v1(call: Call) -> Any:
    """List up to 100 retweets of a tweet."""
    query = {**TWEET_QUERY, "max_results": min(call.query["count"], named.MOST)}
    found = engagement_lists.retweets_of(asked_id(call), query, call.viewer_id)
    return legacy_objects.tweets(found, extended=extended(call))


@api.endpoint(
    "GET",
    "/1.1/statuses/retweeters/ids.json",
    access=_READ,
    summary="Get the ids of retweeters (API 1.1)",
    answer=IDS_V1,
    query={
        **_ID,
        "count": {"type": "integer", "minimum": 1, "default": 100},
        "stringify_ids": {"type": "boolean"},
    },
    limit=75,
    legacy=True,
)
def get_retweeter_ids_v1(call: Call) -> Any:
    """List the ids of up to 100 users who retweeted a tweet."""
    query: Item = {"max_results": min(call.query["count"], named.MOST)}
    tweet_id = asked_id(call)
    body = engagement_lists.users_by_engagement("retweet", tweet_id, query, call.viewer_id)
    text = call.query.get("stringify_ids", False)
    ids = [one["id"] if text else int(one["id"]) for one in body.get("data", ())]
    return {"ids": ids, **legacy.cursors()}


@api.endpoint(
    "GET",
    "/1.1/statuses/retweets_of_me.json",
    access=user_access("timeline.read", "tweet.read", "users.read"),
    summary="Get your retweeted tweets (API 1.1)",
    answer=TWEETS_V1,
    query=WINDOW,
    limit=75,
    legacy=True,
)
def get_retweets_of_me_v1(call: Call) -> Any:
    """List your retweeted tweets, in the order of the newest retweets."""
    found = user_timelines.reposts_of(call.user_id, window(call))
    listed = legacy_objects.tweets(found, extended=extended(call))
    originals = [one["retweeted_status"] for one in listed if "retweeted_status" in one]
    return list({one["id"]: one for one in originals}.values())


@api.endpoint(
    "GET",
    "/1.1/statuses/oembed.json",
    access=_READ,
    summary="Get a tweet to embed (API 1.1)",
    answer=EMBED,
    query={**_ID, "url": {"type": "string", "maxLength": 500}},
    limit=180,
    legacy=True,
)
def get_oembed_v1(call: Call) -> Any:
    """Return a public tweet to embed (oEmbed 1.0), by `id` or X's `url`."""
    url = call.query.get("url")
    tweet_id = pages.tweet_id_in(url) if url else asked_id(call)
    document = pages.embed_tweet(tweet_id)
    # Everybody may read it, except those whom the author has blocked.
    if document is None or not lookup.visible_tweet(call.viewer_id, tweet_id):
        raise not_found("tweet", tweet_id)
    return document
