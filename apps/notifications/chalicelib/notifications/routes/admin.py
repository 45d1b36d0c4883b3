"""``/1/admin``: channels and dead letters, for operators."""

from typing import Any

from chalicelib.notifications.operating import channels, dead_letters
from chalicelib.notifications.routes import answers
from chalicelib.notifications.routes.bodies import closed

from shared.auth.scopes import KEY_ADMIN, user_access
from shared.base.answers import Answer
from shared.http.api import Api, Call

api = Api(__name__, "Notifications")

_READ = user_access("moderation.read", permission="notifications.manage", keys=(KEY_ADMIN,))
_WRITE = user_access("moderation.write", permission="notifications.manage", keys=(KEY_ADMIN,))
_QUEUE = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,80}$"}


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
