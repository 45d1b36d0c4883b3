"""``/1/updates``: what is new for an open page."""

from typing import Any

from chalicelib.tweets.routes import answers
from chalicelib.tweets.timelines import updates

from shared.auth.scopes import user_access
from shared.contracts.fields import EXCLUDE, ID, TWEET_QUERY, ids, max_results
from shared.http.api import Api, Call

api = Api(__name__, "Timelines")


@api.endpoint(
    "GET",
    "/1/updates",
    access=user_access("tweet.read", "users.read", "notifications.read"),
    summary="Get what is new",
    answer=answers.UPDATES,
    query={
        **TWEET_QUERY,
        "since_id": {
            **ID,
            "description": "Only tweets with a greater ID: the `since_id` of the response before. "
            "Without it, only the number of unread notifications is returned.",
        },
        "known_ids": {
            **ids(),
            "description": "IDs greater than `since_id` that you have already.",
        },
        "full": {
            "type": "boolean",
            "default": False,
            "description": "Also look for tweets by accounts that you followed just now. "
            "Set it in every tenth request.",
        },
        "exclude": EXCLUDE,
        "max_results": max_results(1, 100, 20),
    },
)
def get_updates(call: Call) -> Any:
    """List new tweets of your home timeline; count unread notifications.

    Ask every 30 seconds at most. Nothing new costs little, and no views are counted.
    """
    return updates.updates(call.user_id, call.query)
