"""Moderation of tweets (X has no routes for these)."""

from typing import Any

from chalicelib.tweets.core.names import DOMAIN
from chalicelib.tweets.lifecycle import takedown
from chalicelib.tweets.routes import answers

from shared.auth import audit
from shared.auth.scopes import user_access
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.contracts.moderation import CATEGORIES
from shared.contracts.schemas.moderation import AUDIT_PAGE, AUDIT_SUBJECT
from shared.http.api import Api, Call

api = Api(__name__, "Moderation")


@api.endpoint(
    "POST",
    "/1/admin/tweets/{id}/remove",
    access=user_access("moderation.write", permission="tweets.remove"),
    summary="Remove a tweet",
    answer=answers.REMOVED,
    body={
        "type": "object",
        "required": ["category", "reason"],
        "properties": {
            "category": {"enum": list(CATEGORIES)},
            "reason": {"type": "string", "minLength": 1, "maxLength": 500, "pattern": r"\S"},
        },
        "additionalProperties": False,
    },
)
def remove_tweet(call: Call) -> Any:
    """Remove a tweet; a tombstone with the category stays."""
    body = call.body
    tweet_id = call.path_id("id")
    return {"data": takedown.remove(call.user_id, tweet_id, body["category"], body["reason"])}


@api.endpoint(
    "GET",
    "/1/admin/tweets/audit",
    access=user_access("moderation.read", permission="audit.read"),
    summary="Get the audit log of tweets",
    answer=AUDIT_PAGE,
    query={
        "subject": AUDIT_SUBJECT,
        "max_results": max_results(1, 100, 50),
        "pagination_token": PAGE_TOKEN,
    },
)
def get_tweets_audit_log(call: Call) -> Any:
    """List what moderators did to tweets, newest first."""
    return audit.listed(DOMAIN, call.query)
