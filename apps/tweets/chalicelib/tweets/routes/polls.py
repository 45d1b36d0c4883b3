"""Votes in polls (X has no route for these)."""

from typing import Any

from chalicelib.tweets.engagement import polls
from chalicelib.tweets.posting import schemas
from chalicelib.tweets.routes import answers

from shared.auth.scopes import user_access
from shared.http.api import Api, Call

api = Api(__name__, "Polls")


@api.endpoint(
    "POST",
    "/1/tweets/{id}/votes",
    access=user_access("tweet.read", "tweet.write", "users.read"),
    summary="Vote in a poll",
    answer=answers.VOTE,
    body=schemas.VOTE,
    limit=100,
)
def vote_in_poll(call: Call) -> Any:
    """Vote for an option of a poll, which cannot be changed."""
    return {"data": polls.vote(call.user_id, call.path_id("id"), call.body["position"])}
