"""Drafts and scheduled tweets (X has no routes for these)."""

from typing import Any

from chalicelib.tweets.posting import drafts_and_schedules, schemas
from chalicelib.tweets.routes import answers

from shared.auth.scopes import user_access
from shared.base.components import data
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.contracts.schemas.responses import done
from shared.http.api import Api, Call

api = Api(__name__, "Drafts and scheduled tweets")

_READ = user_access("tweet.read", "users.read")
_WRITE = user_access("tweet.read", "tweet.write", "users.read")
_PAGE = {"max_results": max_results(1, 100, 20), "pagination_token": PAGE_TOKEN}


@api.endpoint(
    "POST",
    "/1/tweets/drafts",
    access=_WRITE,
    summary="Create a draft",
    answer=data(answers.DRAFT),
    status=201,
    body=schemas.DRAFT,
    limit=300,
)
def create_draft(call: Call) -> Any:
    """Create a draft; it need not be a valid tweet yet."""
    return {
        "data": drafts_and_schedules.create(call.user_id, drafts_and_schedules.DRAFT, call.body)
    }


@api.endpoint(
    "GET",
    "/1/tweets/drafts",
    access=_READ,
    summary="Get drafts",
    answer=answers.DRAFT_PAGE,
    query=_PAGE,
)
def get_drafts(call: Call) -> Any:
    """List your drafts, newest first."""
    return drafts_and_schedules.list_page(call.user_id, drafts_and_schedules.DRAFT, call.query)


@api.endpoint(
    "GET",
    "/1/tweets/drafts/{id}",
    access=_READ,
    summary="Get a draft by ID",
    answer=data(answers.DRAFT),
)
def get_draft(call: Call) -> Any:
    """Return one of your drafts."""
    return {
        "data": drafts_and_schedules.get(
            call.user_id, drafts_and_schedules.DRAFT, call.path_id("id")
        )
    }


@api.endpoint(
    "PUT",
    "/1/tweets/drafts/{id}",
    access=_WRITE,
    summary="Update a draft",
    answer=data(answers.DRAFT),
    body=schemas.DRAFT,
)
def replace_draft(call: Call) -> Any:
    """Replace the tweet of a draft."""
    planned_id = call.path_id("id")
    return {
        "data": drafts_and_schedules.replace(
            call.user_id, drafts_and_schedules.DRAFT, planned_id, call.body
        )
    }


@api.endpoint(
    "DELETE",
    "/1/tweets/drafts/{id}",
    access=_WRITE,
    summary="Delete a draft",
    answer=done(deleted=True),
)
def delete_draft(call: Call) -> Any:
    """Delete a draft."""
    return {
        "data": drafts_and_schedules.delete(
            call.user_id, drafts_and_schedules.DRAFT, call.path_id("id")
        )
    }


@api.endpoint(
    "POST",
    "/1/tweets/scheduled",
    access=_WRITE,
    summary="Schedule a tweet",
    answer=data(answers.SCHEDULED),
    status=201,
    body=schemas.SCHEDULED,
    limit=300,
)
def schedule_tweet(call: Call) -> Any:
    """Schedule a tweet, at most eighteen months ahead."""
    return {
        "data": drafts_and_schedules.create(call.user_id, drafts_and_schedules.SCHEDULED, call.body)
    }


@api.endpoint(
    "GET",
    "/1/tweets/scheduled",
    access=_READ,
    summary="Get scheduled tweets",
    answer=answers.SCHEDULED_PAGE,
    query=_PAGE,
)
def get_scheduled_tweets(call: Call) -> Any:
    """List your scheduled tweets, posted and failed ones too."""
    return drafts_and_schedules.list_page(call.user_id, drafts_and_schedules.SCHEDULED, call.query)


@api.endpoint(
    "GET",
    "/1/tweets/scheduled/{id}",
    access=_READ,
    summary="Get a scheduled tweet by ID",
    answer=data(answers.SCHEDULED),
)
def get_scheduled_tweet(call: Call) -> Any:
    """Return one of your scheduled tweets."""
    return {
        "data": drafts_and_schedules.get(
            call.user_id, drafts_and_schedules.SCHEDULED, call.path_id("id")
        )
    }


@api.endpoint(
    "PUT",
    "/1/tweets/scheduled/{id}",
    access=_WRITE,
    summary="Update a scheduled tweet",
    answer=data(answers.SCHEDULED),
    body=schemas.SCHEDULED,
)
def replace_scheduled_tweet(call: Call) -> Any:
    """Replace a scheduled tweet and its time.

    One that failed is scheduled again.
    """
    planned_id = call.path_id("id")
    return {
        "data": drafts_and_schedules.replace(
            call.user_id, drafts_and_schedules.SCHEDULED, planned_id, call.body
        )
    }


@api.endpoint(
    "DELETE",
    "/1/tweets/scheduled/{id}",
    access=_WRITE,
    summary="Cancel a scheduled tweet",
    answer=done(deleted=True),
)
def delete_scheduled_tweet(call: Call) -> Any:
    """Cancel a scheduled tweet; a posted tweet stays."""
    return {
        "data": drafts_and_schedules.delete(
            call.user_id, drafts_and_schedules.SCHEDULED, call.path_id("id")
        )
    }
