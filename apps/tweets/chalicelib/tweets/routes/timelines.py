"""X API v2: timelines."""

from typing import Any

from chalicelib.tweets.timelines import home, user_timelines

from shared.auth.scopes import any_access, user_access
from shared.base.validation import Schema
from shared.contracts.fields import DATE_TIME, EXCLUDE, ID, PAGE_TOKEN, TWEET_QUERY, max_results
from shared.contracts.schemas.responses import TWEET_PAGE
from shared.http.api import Api, Call

api = Api(__name__, "Timelines")

_WINDOW: dict[str, Schema] = {
    **TWEET_QUERY,
    "since_id": {**ID, "description": "Only tweets with a greater ID."},
    "until_id": {**ID, "description": "Only tweets with a smaller ID."},
    "start_time": {**DATE_TIME, "description": "Only tweets at or after this time."},
    "end_time": {**DATE_TIME, "description": "Only tweets before this time."},
    "pagination_token": PAGE_TOKEN,
}


@api.endpoint(
    "GET",
    "/2/users/{id}/timelines/reverse_chronological",
    access=user_access("tweet.read", "users.read"),
    summary="Get the home timeline",
    answer=TWEET_PAGE,
    query={**_WINDOW, "exclude": EXCLUDE, "max_results": max_results(1, 100, 100)},
    limit=180,
    # People who read on need more pages than X lets apps have.
    own_limit=900,
)
def get_home_timeline(call: Call) -> Any:
    """List the tweets of the accounts that you follow, newest first."""
    return home.home_timeline(call.require_self(), call.query)


@api.endpoint(
    "GET",
    "/2/users/{id}/tweets",
    access=any_access("tweet.read", "users.read"),
    summary="Get a user's tweets",
    answer=TWEET_PAGE,
    query={**_WINDOW, "exclude": EXCLUDE, "max_results": max_results(5, 100, 10)},
)
def get_user_timeline(call: Call) -> Any:
    """List the tweets of a user, newest first."""
    return user_timelines.user_tweets(call.path_id("id"), call.query, call.viewer_id)


@api.endpoint(
    "GET",
    "/2/users/{id}/mentions",
    access=any_access("tweet.read", "users.read"),
    summary="Get a user's mentions",
    answer=TWEET_PAGE,
    query={**_WINDOW, "max_results": max_results(5, 100, 10)},
    limit=300,
)
def get_mentions(call: Call) -> Any:
    """List the tweets that mention a user, newest first."""
    return user_timelines.mentions(call.path_id("id"), call.query, call.viewer_id)
