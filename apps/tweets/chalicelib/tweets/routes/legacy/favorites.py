"""X API 1.1: likes, over the capabilities of API v2."""

from typing import Any

from chalicelib.tweets.engagement import engagements
from chalicelib.tweets.routes.legacy.statuses import MODE, asked_id, extended, shown
from chalicelib.tweets.timelines import engagement_lists

from shared.auth.scopes import user_access
from shared.base.validation import Schema
from shared.contracts import legacy_objects
from shared.contracts.legacy_objects import TWEET_QUERY
from shared.contracts.schemas.legacy import TWEET_V1, TWEETS_V1
from shared.http.api import Api, Call
from shared.http.legacy import WHO, named_user

api = Api(__name__, "API 1.1")

_WRITE = user_access("like.write", "tweet.read", "users.read")
_ONE: dict[str, Schema] = {**MODE, "id": {"type": "string", "maxLength": 30}}
_MOST = 100


@api.endpoint(
    "POST",
    "/1.1/favorites/create.json",
    access=_WRITE,
    summary="Like a tweet (API 1.1)",
    answer=TWEET_V1,
    query=_ONE,
    limit=50,
    legacy=True,
)
def create_favorite_v1(call: Call) -> Any:
    """Like a tweet; returns it."""
    tweet_id = asked_id(call)
    engagements.like(call.user_id, tweet_id)
    return shown(call, tweet_id)


@api.endpoint(
    "POST",
    "/1.1/favorites/destroy.json",
    access=_WRITE,
    summary="Unlike a tweet (API 1.1)",
    answer=TWEET_V1,
    query=_ONE,
    limit=50,
    legacy=True,
)
def destroy_favorite_v1(call: Call) -> Any:
    """Unlike a tweet; returns it."""
    tweet_id = asked_id(call)
    engagements.unlike(call.user_id, tweet_id)
    return shown(call, tweet_id)


@api.endpoint(
    "GET",
    "/1.1/favorites/list.json",
    access=user_access("like.read", "tweet.read", "users.read"),
    summary="Get liked tweets (API 1.1)",
    answer=TWEETS_V1,
    query={
        **MODE,
        **WHO,
        "count": {"type": "integer", "minimum": 1, "default": 20},
    },
    limit=75,
    legacy=True,
)
def get_favorites_v1(call: Call) -> Any:
    """List the tweets that a user, or you, liked."""
    query = {**TWEET_QUERY, "max_results": min(call.query["count"], _MOST)}
    body = engagement_lists.liked_tweets(named_user(call, own=True), query, call.viewer_id)
    return legacy_objects.tweets(body, extended=extended(call))
