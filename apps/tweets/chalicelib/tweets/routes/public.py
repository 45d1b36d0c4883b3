"""Public tweets without credentials, which the CDN may answer by itself.

Answers do not depend on the viewer and take no parameters, so each has one place
in a cache: a popular tweet costs the origin one read every few seconds.
"""

from typing import Any

from chalicelib.tweets.pages.tweets import FIELDS
from chalicelib.tweets.pipeline import lookup
from chalicelib.tweets.timelines import user_timelines

from shared.auth.scopes import PUBLIC
from shared.base.errors import not_found
from shared.contracts.schemas.responses import ONE_TWEET, TWEET_PAGE
from shared.http.api import Api, Call

api = Api(__name__, "Public reads")

_SHARED_SECONDS = 10


@api.endpoint(
    "GET",
    "/1/public/tweets/{id}",
    access=PUBLIC,
    summary="Get a public tweet",
    answer=ONE_TWEET,
    shared_seconds=_SHARED_SECONDS,
)
def get_public_tweet(call: Call) -> Any:
    """Return a public tweet, with fixed fields and expansions."""
    tweet_id = call.path_id("id")
    body = lookup.tweets_by_ids(None, [tweet_id], FIELDS, "id")
    if "data" not in body:
        raise not_found("tweet", tweet_id)
    return {**body, "data": body["data"][0]}


@api.endpoint(
    "GET",
    "/1/public/users/{id}/tweets",
    access=PUBLIC,
    summary="Get the latest tweets of a public account",
    answer=TWEET_PAGE,
    shared_seconds=_SHARED_SECONDS,
)
def get_public_user_timeline(call: Call) -> Any:
    """List the latest 20 tweets of a public account."""
    return user_timelines.user_tweets(call.path_id("id"), {**FIELDS, "max_results": 20}, None)
