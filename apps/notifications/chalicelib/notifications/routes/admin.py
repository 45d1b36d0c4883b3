"""``/1/admin``: channels, dead letters, suppressions, for operators."""

from typing import Any

from chalicelib.notifications.core import names
from chalicelib.notifications.operating import channels, dead_letters, suppressions
from chalicelib.notifications.routes import answers
from chalicelib.notifications.routes.bodies import closed

from shared.auth.scopes import KEY_ADMIN, user_access
from shared.base.answers import Answer
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call

api = Api(__name__, "Notifications")

_READ = user_access("moderation.read", permission="notifications.manage", keys=(KEY_ADMIN,))
_WRITE = user_access("moderation.write", permission="notifications.manage", keys=(KEY_ADMIN,))
_QUEUE = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,80}$"}

_CHANNEL = {"enum": [names.EMAIL, names.SMS]}
_TARGET = {"type": "string", "pattern": "^[0-9a-f]{24}$"}


@api.endpoint(
    "GET",
    "/1/admin/channels",
    access=_READ,
    summary="Get the state of the channels",
    answer=answers.CHANNELS,
)
def get_channels(call: Call) -> dict[str, Any]:  # noqa: ARG001 (the same for all)
    """Return each channel with its provider, breaker and last error."""
    return {"data": channels.states()}


@api.endpoint(
    "GET",
    "/1/admin/dead_letters",
    access=_READ,
    summary="See dead letters",
    answer=Answer({"anyOf": [answers.DEAD_LETTERS, answers.DEAD_LETTER_QUEUES]}),
    query={"queue": _QUEUE},
)
def get_dead_letters(call: Call) -> dict[str, Any]:
    """Return messages of a dead-letter queue, or all such queues."""
    if "queue" in call.query:
        return dead_letters.show(call.query["queue"])
    found = dead_letters.queues()
    return {"data": found, "meta": {"result_count": len(found)}}


@api.endpoint(
    "POST",
    "/1/admin/dead_letters/redrive",
    access=_WRITE,
    summary="Redrive dead letters",
    answer=answers.REDRIVEN,
    limit=100,
    body=closed({"queue": _QUEUE}, ("queue",)),
)
def redrive(call: Call) -> dict[str, Any]:
    """Send up to 500 dead letters back to the queue they failed in."""
    return {"data": dead_letters.redrive(call.body["queue"])}


@api.endpoint(
    "GET",
    "/1/admin/suppressions",
    access=_READ,
    summary="List suppressions",
    answer=answers.SUPPRESSIONS,
    query={
        "channel": {**_CHANNEL, "default": names.EMAIL},
        "target": _TARGET,
        "max_results": max_results(1, 100, 20),
        "pagination_token": {**PAGE_TOKEN, "minLength": 0, "maxLength": 512},
    },
)
def list_suppressions(call: Call) -> dict[str, Any]:
    """List addresses to which nothing is sent, as digests.

    A delivery's `target` is such a digest.
    """
    query = call.query
    return suppressions.page(
        query["channel"], query.get("target"), query["max_results"], query.get("pagination_token")
    )


@api.endpoint(
    "POST",
    "/1/admin/suppressions/lift",
    access=_WRITE,
    summary="Lift a suppression",
    answer=answers.LIFTED,
    limit=100,
    body=closed(
        {
            "channel": _CHANNEL,
            "target": _TARGET,
            "address": {"type": "string", "minLength": 3, "maxLength": 320},
        },
        ("channel",),
    ),
)
def lift_suppression(call: Call) -> dict[str, Any]:
    """Send to a suppressed address again, named by itself or as `target`.

    An address that still bounces is suppressed again.
    """
    return {"data": suppressions.lift(call.body)}
