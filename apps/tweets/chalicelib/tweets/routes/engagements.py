"""X API v2: likes and retweets."""

from typing import Any

from chalicelib.tweets.engagement import engagements
from chalicelib.tweets.posting import retweets, schemas
from chalicelib.tweets.routes import answers

from shared.auth.scopes import user_access
from shared.contracts.schemas.responses import done
from shared.http.api import Api, Call

api = Api(__name__, "Likes and retweets")

_LIKE = user_access("like.write", "tweet.read", "users.read")
_RETWEET = user_access("tweet.read", "tweet.write", "users.read")


@api.endpoint(
    "POST",
    "/2/users/{id}/likes",
    access=_LIKE,
    summary="Like a tweet",
    answer=done(liked=True),
    body=schemas.TWEET_ID,
    limit=50,
)
def like_tweet(call: Call) -> Any:
    """Like a tweet; liking it again changes nothing."""
    return {"data": engagements.like(call.require_self(), call.body["tweet_id"])}


@api.endpoint(
    "DELETE",
    "/2/users/{id}/likes/{tweet_id}",
    access=_LIKE,
    summary="Unlike a tweet",
    answer=done(liked=False),
    limit=50,
)
def unlike_tweet(call: Call) -> Any:
    """Unlike a tweet."""
    return {"data": engagements.unlike(call.require_self(), call.path_id("tweet_id"))}


@api.endpoint(
    "POST",
    "/2/users/{id}/retweets",
    access=_RETWEET,
    summary="Retweet a tweet",
    answer=answers.RETWEETED,
    body=schemas.TWEET_ID,
    limit=50,
)
def retweet(call: Call) -> Any:
    """Retweet a tweet; retweeting it again changes nothing."""
    return {"data": retweets.retweet(call.require_self(), call.body["tweet_id"])}


@api.endpoint(
    "DELETE",
    "/2/users/{id}/retweets/{tweet_id}",
    access=_RETWEET,
    summary="Undo a retweet",
    answer=done(retweeted=False, reposted=False),
    limit=50,
)
def undo_retweet(call: Call) -> Any:
    """Undo a retweet; the tweet in the path is the original."""
    return {"data": retweets.undo_retweet(call.require_self(), call.path_id("tweet_id"))}
