"""X API 1.1: tweets and timelines, over the capabilities of API v2."""

import re
from typing import Any

from chalicelib.tweets.pages import pages
from chalicelib.tweets.pipeline import lookup
from chalicelib.tweets.posting import create, delete, retweets
from chalicelib.tweets.timelines import home, user_timelines

from shared.auth.scopes import any_access, user_access
from shared.aws.dynamo import Item
from shared.base import legacy_errors
from shared.base.errors import Problem, not_found
from shared.base.ids import ID_PATTERN, MAX_ID
from shared.base.legacy_errors import LegacyProblem
from shared.base.validation import Schema
from shared.contracts import legacy_objects
from shared.contracts.fields import ID
from shared.contracts.legacy_objects import TWEET_QUERY
from shared.contracts.schemas.legacy import LOOKUP_V1, TWEET_V1, TWEETS_V1
from shared.http.api import Api, Call
from shared.http.legacy import WHO, named_user

api = Api(__name__, "API 1.1")

_READ = any_access("tweet.read", "users.read")
_WRITE = user_access("tweet.read", "tweet.write", "users.read")
MODE: dict[str, Schema] = {
    "tweet_mode": {"type": "string", "maxLength": 20, "description": "`extended` for `full_text`."}
}
_LOOKUP: dict[str, Schema] = {
    **MODE,
    "id": {"type": "array", "items": ID, "minItems": 1, "maxItems": 100},
    "map": {"type": "boolean"},
}
_ONE: dict[str, Schema] = {**MODE, "id": {"type": "string", "maxLength": 30}}
WINDOW: dict[str, Schema] = {
    **MODE,
    "count": {"type": "integer", "minimum": 1, "default": 20},
    "since_id": ID,
    "max_id": ID,
}
_TIMELINE: dict[str, Schema] = {
    **WINDOW,
    "exclude_replies": {"type": "boolean"},
    "include_rts": {"type": "boolean", "default": True},
}
_MOST = 100
_ID = re.compile(ID_PATTERN)


@api.endpoint(
    "POST",
    "/1.1/statuses/update.json",
    access=_WRITE,
    summary="Create a tweet (API 1.1)",
    answer=TWEET_V1,
    query={
        **MODE,
        "status": {"type": "string", "maxLength": 25_000},
        "in_reply_to_status_id": ID,
        "attachment_url": {"type": "string", "maxLength": 500},
        "media_ids": {"type": "array", "items": ID, "maxItems": 4},
    },
    limit=100,
    app_limit=10_000,
    legacy=True,
)
def update_status_v1(call: Call) -> Any:
    """Create a tweet, a reply, or a quote of the tweet at `attachment_url`."""
    asked, me = call.query, call.user_id
    body: Item = {"text": asked.get("status", "")}
    if media_ids := asked.get("media_ids"):
        body["media"] = {"media_ids": media_ids}
    elif not body["text"]:
        raise LegacyProblem(403, 170, "Missing required parameter: status.")
    if replied := asked.get("in_reply_to_status_id"):
        body["reply"] = {"in_reply_to_tweet_id": replied}
    if url := asked.get("attachment_url"):
        body["quote_tweet_id"] = pages.tweet_id_in(url)
        if not body["quote_tweet_id"]:
            raise LegacyProblem(400, 44, "attachment_url parameter is invalid.")
    client_id = call.principal.client_id if call.principal else None
    try:
        made = create.create_tweet(me, body, call.headers, f"user:{me}", client_id)
    except Problem as problem:
        if problem.status != 400:
            raise
        # X forbids texts that are no tweets, instead of calling the request invalid.
        raise LegacyProblem(403, *legacy_errors.code_of(problem)) from problem
    return shown(call, made["id"])


@api.endpoint(
    "GET",
    "/1.1/statuses/show.json",
    access=_READ,
    summary="Get a tweet (API 1.1)",
    answer=TWEET_V1,
    query=_ONE,
    legacy=True,
)
def show_status_v1(call: Call) -> Any:
    """Return a tweet by its `id` in the shape of API 1.1."""
    return shown(call, asked_id(call))


@api.endpoint(
    "GET",
    "/1.1/statuses/show/{id}",
    access=_READ,
    summary="Get a tweet by path (API 1.1)",
    answer=TWEET_V1,
    query=MODE,
    legacy=True,
)
def show_status_by_path_v1(call: Call) -> Any:
    """Return a tweet in the shape of API 1.1; the id ends in `.json`."""
    return shown(call, asked_id(call))


@api.endpoint(
    "GET",
    "/1.1/statuses/lookup.json",
    access=_READ,
    summary="Get tweets (API 1.1)",
    answer=LOOKUP_V1,
    query=_LOOKUP,
    required=("id",),
    legacy=True,
)
def lookup_statuses_v1(call: Call) -> Any:
    """Return up to 100 tweets; missing ones are left out, or `null` in a map."""
    return _looked_up(call)


@api.endpoint(
    "POST",
    "/1.1/statuses/lookup.json",
    access=_READ,
    summary="Get tweets with a form (API 1.1)",
    answer=LOOKUP_V1,
    query=_LOOKUP,
    required=("id",),
    legacy=True,
)
def post_statuses_lookup_v1(call: Call) -> Any:
    """Return up to 100 tweets, as the GET; for long lists of ids."""
    return _looked_up(call)


def _looked_up(call: Call) -> Any:
    body = lookup.tweets_by_ids(call.viewer_id, call.query["id"], TWEET_QUERY, "id")
    found = legacy_objects.tweets(body, extended=extended(call))
    if not call.query.get("map"):
        return found
    by_id = {one["id_str"]: one for one in found}
    return {"id": {one: by_id.get(one) for one in call.query["id"]}}


@api.endpoint(
    "POST",
    "/1.1/statuses/destroy/{id}",
    access=_WRITE,
    summary="Delete a tweet (API 1.1)",
    answer=TWEET_V1,
    query=MODE,
    limit=50,
    legacy=True,
)
def destroy_status_v1(call: Call) -> Any:
    """Delete your tweet; returns it as it was."""
    tweet_id = asked_id(call)
    before = shown(call, tweet_id)
    try:
        delete.delete_tweet(call.user_id, tweet_id)
    except Problem as problem:
        if problem.status == 403:
            raise LegacyProblem(403, 183, "You may not delete another user's status.") from problem
        raise
    return before


@api.endpoint(
    "POST",
    "/1.1/statuses/retweet/{id}",
    access=_WRITE,
    summary="Retweet a tweet (API 1.1)",
    answer=TWEET_V1,
    query=MODE,
    limit=50,
    legacy=True,
)
def retweet_status_v1(call: Call) -> Any:
    """Retweet a tweet; returns the retweet, with the original inside."""
    return shown(call, retweets.retweet(call.user_id, asked_id(call))["rest_id"])


@api.endpoint(
    "POST",
    "/1.1/statuses/unretweet/{id}",
    access=_WRITE,
    summary="Undo a retweet (API 1.1)",
    answer=TWEET_V1,
    query=MODE,
    limit=50,
    legacy=True,
)
def unretweet_status_v1(call: Call) -> Any:
    """Undo a retweet; returns the original."""
    tweet_id = asked_id(call)
    retweets.undo_retweet(call.user_id, tweet_id)
    return shown(call, tweet_id)


@api.endpoint(
    "GET",
    "/1.1/statuses/home_timeline.json",
    access=user_access("tweet.read", "users.read"),
    summary="Get the home timeline (API 1.1)",
    answer=TWEETS_V1,
    query=_TIMELINE,
    limit=180,
    legacy=True,
)
def get_home_timeline_v1(call: Call) -> Any:
    """List the tweets of the accounts that you follow, newest first."""
    return _listed(call, home.home_timeline(call.user_id, window(call)))


@api.endpoint(
    "GET",
    "/1.1/statuses/user_timeline.json",
    access=_READ,
    summary="Get a user's tweets (API 1.1)",
    answer=TWEETS_V1,
    query={**_TIMELINE, **WHO},
    legacy=True,
)
def get_user_timeline_v1(call: Call) -> Any:
    """List the tweets of a user, or your own, newest first."""
    found = user_timelines.user_tweets(named_user(call, own=True), window(call), call.viewer_id)
    return _listed(call, found)


@api.endpoint(
    "GET",
    "/1.1/statuses/mentions_timeline.json",
    access=user_access("tweet.read", "users.read"),
    summary="Get your mentions (API 1.1)",
    answer=TWEETS_V1,
    query=WINDOW,
    limit=300,
    legacy=True,
)
def get_mentions_timeline_v1(call: Call) -> Any:
    """List the tweets that mention you, newest first."""
    return _listed(call, user_timelines.mentions(call.user_id, window(call), call.user_id))


def asked_id(call: Call) -> str:
    """Return the tweet id of the path (without ``.json``) or parameters.

    Raises:
        Problem: 404 for anything that is no id.
    """
    value = str(call.path.get("id") or call.query.get("id") or "").removesuffix(".json")
    if not _ID.fullmatch(value) or int(value) > MAX_ID:
        raise not_found("tweet", value)
    return value


def shown(call: Call, tweet_id: str) -> Item:
    """Return a tweet that the caller may see.

    Raises:
        Problem: 404 when the caller cannot see it.
    """
    body = lookup.tweets_by_ids(call.viewer_id, [tweet_id], TWEET_QUERY, "id")
    if "data" not in body:
        raise not_found("tweet", tweet_id)
    return legacy_objects.tweets(body, extended=extended(call))[0]


def extended(call: Call) -> bool:
    """Return whether the caller wants `full_text`."""
    return call.query.get("tweet_mode") == "extended"


def window(call: Call) -> Item:
    """Return API v2's query for a page; ``max_id`` is inclusive."""
    asked = call.query
    query: Item = {**TWEET_QUERY, "max_results": min(asked["count"], _MOST)}
    if "since_id" in asked:
        query["since_id"] = asked["since_id"]
    if "max_id" in asked and int(asked["max_id"]) < MAX_ID:
        query["until_id"] = str(int(asked["max_id"]) + 1)
    exclude = ["replies"] if asked.get("exclude_replies") else []
    exclude += [] if asked.get("include_rts", True) else ["retweets"]
    return {**query, "exclude": exclude}


def _listed(call: Call, body: Item) -> list[Item]:
    return legacy_objects.tweets(body, extended=extended(call))
