"""X API v2: tweets."""

from typing import Any

from chalicelib.tweets.pipeline import lookup
from chalicelib.tweets.posting import create, delete, edits, reply_permissions, schemas
from chalicelib.tweets.routes import answers
from chalicelib.tweets.timelines import replies

from shared.auth.scopes import any_access, user_access
from shared.base.errors import not_found
from shared.contracts.fields import PAGE_TOKEN, TWEET_QUERY, ids, max_results
from shared.contracts.schemas.responses import ONE_TWEET, TWEET_PAGE, TWEETS, done, told
from shared.http.api import Api, Call

api = Api(__name__, "Tweets")

_READ = any_access("tweet.read", "users.read")
_WRITE = user_access("tweet.read", "tweet.write", "users.read")


@api.endpoint(
    "POST",
    "/2/tweets",
    access=_WRITE,
    summary="Create or edit a tweet",
    answer=answers.NEW_TWEET,
    status=201,
    body=schemas.CREATE_TWEET,
    limit=100,
    app_limit=10_000,
)
def create_tweet(call: Call) -> Any:
    """Create a tweet, reply, quote or poll, or edit a tweet.

    `edit_options` name the tweet to edit. An `Idempotency-Key` makes the request safe to repeat.
    """
    user_id, subject = call.user_id, f"user:{call.user_id}"
    if "edit_options" in call.body:
        return {"data": edits.edit_tweet(user_id, call.body, call.headers, subject)}
    client_id = call.principal.client_id if call.principal else None
    made = create.create_tweet(user_id, call.body, call.headers, subject, client_id)
    return {"data": made}


@api.endpoint(
    "DELETE",
    "/2/tweets/{id}",
    access=_WRITE,
    summary="Delete a tweet",
    answer=done(deleted=True),
    limit=50,
)
def delete_tweet(call: Call) -> Any:
    """Delete your tweet."""
    return {"data": delete.delete_tweet(call.user_id, call.path_id("id"))}


@api.endpoint(
    "GET",
    "/2/tweets/{id}",
    access=_READ,
    summary="Get a tweet by ID",
    answer=ONE_TWEET,
    query=TWEET_QUERY,
)
def get_tweet(call: Call) -> Any:
    """Return a tweet."""
    tweet_id = call.path_id("id")
    body = lookup.tweets_by_ids(call.viewer_id, [tweet_id], call.query, "id")
    if "data" not in body:
        raise not_found("tweet", tweet_id)
    return {**body, "data": body["data"][0]}


@api.endpoint(
    "GET",
    "/2/tweets",
    access=_READ,
    summary="Get tweets by IDs",
    answer=TWEETS,
    query={**TWEET_QUERY, "ids": ids()},
    required=("ids",),
)
def get_tweets(call: Call) -> Any:
    """Return up to 100 tweets; `errors` name the missing ones."""
    return lookup.tweets_by_ids(call.viewer_id, call.query["ids"], call.query, "ids")


@api.endpoint(
    "GET",
    "/1/tweets/{id}/replies",
    access=_READ,
    summary="Get replies to a tweet",
    answer=TWEET_PAGE,
    query={
        **TWEET_QUERY,
        "max_results": max_results(1, 100, 20),
        "pagination_token": PAGE_TOKEN,
    },
)
def get_replies(call: Call) -> Any:
    """List the direct replies to a tweet, oldest first."""
    return replies.replies(call.path_id("id"), call.query, call.viewer_id)


@api.endpoint(
    "PUT",
    "/2/tweets/{id}/hidden",
    access=user_access("tweet.moderate.write", "tweet.read", "users.read"),
    summary="Hide or unhide a reply",
    answer=told("hidden"),
    body=schemas.HIDDEN,
    limit=50,
)
def hide_reply(call: Call) -> Any:
    """Hide a reply to your tweet, or show it again."""
    return {"data": reply_permissions.hide(call.user_id, call.path_id("id"), call.body["hidden"])}
