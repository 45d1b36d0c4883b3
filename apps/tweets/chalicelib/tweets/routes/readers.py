"""X API v2: likes, retweets and quotes of a tweet; liked tweets."""

from typing import Any

from chalicelib.tweets.timelines import engagement_lists, user_timelines

from shared.auth.scopes import any_access, user_access
from shared.contracts.fields import EXCLUDE, PAGE_TOKEN, TWEET_QUERY, USER_QUERY, max_results
from shared.contracts.schemas.responses import TWEET_PAGE, USER_PAGE
from shared.http.api import Api, Call

api = Api(__name__, "Engagement lists")

_READ = any_access("tweet.read", "users.read")
_LIKES = user_access("like.read", "tweet.read", "users.read")
_HUNDRED = {"max_results": max_results(1, 100, 100), "pagination_token": PAGE_TOKEN}


@api.endpoint(
    "GET",
    "/2/tweets/{id}/liking_users",
    access=_LIKES,
    summary="Get the users who liked a tweet",
    answer=USER_PAGE,
    query={**USER_QUERY, **_HUNDRED},
    limit=75,
)
def get_liking_users(call: Call) -> Any:
    """List the users who liked a tweet."""
    return engagement_lists.users_by_engagement(
        "like", call.path_id("id"), call.query, call.viewer_id
    )


@api.endpoint(
    "GET",
    "/2/tweets/{id}/retweeted_by",
    access=_READ,
    summary="Get the users who retweeted a tweet",
    answer=USER_PAGE,
    query={**USER_QUERY, **_HUNDRED},
    limit=75,
)
def get_retweeted_by(call: Call) -> Any:
    """List the users who retweeted a tweet."""
    return engagement_lists.users_by_engagement(
        "retweet", call.path_id("id"), call.query, call.viewer_id
    )


@api.endpoint(
    "GET",
    "/2/tweets/{id}/retweets",
    access=_READ,
    summary="Get a tweet's retweets",
    answer=TWEET_PAGE,
    query={**TWEET_QUERY, **_HUNDRED},
    limit=75,
)
def get_retweets(call: Call) -> Any:
    """List the retweets of a tweet, newest first."""
    return engagement_lists.retweets_of(call.path_id("id"), call.query, call.viewer_id)


@api.endpoint(
    "GET",
    "/2/tweets/{id}/quote_tweets",
    access=_READ,
    summary="Get a tweet's quote tweets",
    answer=TWEET_PAGE,
    query={
        **TWEET_QUERY,
        "exclude": EXCLUDE,
        "max_results": max_results(10, 100, 10),
        "pagination_token": PAGE_TOKEN,
    },
    limit=75,
)
def get_quote_tweets(call: Call) -> Any:
    """List the tweets that quote a tweet, newest first."""
    return engagement_lists.quotes_of(call.path_id("id"), call.query, call.viewer_id)


@api.endpoint(
    "GET",
    "/2/users/{id}/liked_tweets",
    access=_LIKES,
    summary="Get the tweets a user liked",
    answer=TWEET_PAGE,
    query={
        **TWEET_QUERY,
        "max_results": max_results(5, 100, 100),
        "pagination_token": PAGE_TOKEN,
    },
    limit=75,
)
def get_liked_tweets(call: Call) -> Any:
    """List the tweets that a user liked."""
    return engagement_lists.liked_tweets(call.path_id("id"), call.query, call.viewer_id)


@api.endpoint(
    "GET",
    "/2/users/reposts_of_me",
    access=user_access("timeline.read", "tweet.read"),
    summary="Get retweets of your tweets",
    answer=TWEET_PAGE,
    query={**TWEET_QUERY, **_HUNDRED},
    limit=75,
)
def get_reposts_of_me(call: Call) -> Any:
    """List the retweets of your tweets, newest first."""
    return user_timelines.reposts_of(call.user_id, call.query)
