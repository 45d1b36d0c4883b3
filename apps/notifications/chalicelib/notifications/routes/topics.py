"""``/1/topics``: subscribers of topics."""

import re
from typing import Any

from chalicelib.notifications.accepting import recipients
from chalicelib.notifications.access.callers import Caller, shown_id
from chalicelib.notifications.routes import answers
from chalicelib.notifications.routes.bodies import RECIPIENT, closed
from chalicelib.notifications.topics import subscribers

from shared.auth.scopes import user_access
from shared.base.errors import forbidden, invalid_request
from shared.base.pagination import decode_position, encode_token
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call

api = Api(__name__, "Topics")

_WRITE = user_access("notifications.write", keys=("notifications.write",))
_READ = user_access("notifications.read", keys=("notifications.read", "notifications.write"))
_BODY = closed(
    {"subscribers": {"type": "array", "minItems": 1, "maxItems": 100, "items": RECIPIENT}},
    ("subscribers",),
)


def _topic(call: Call) -> str:
    """Hash key of the topic in the path.

    Raises:
        Problem: 400 for a malformed name, 403 for users who may not notify others.
    """
    caller, name = Caller.of(call.principal), call.path["name"]
    if not caller.to_others:
        raise forbidden("Topics are for API keys and administrators.")
    if not re.fullmatch(subscribers.NAME_PATTERN, name):
        raise invalid_request("The `name` path parameter is not valid.", name=name)
    return subscribers.topic_key(caller.owner, name)


@api.endpoint(
    "PUT",
    "/1/topics/{name}/subscribers",
    access=_WRITE,
    summary="Subscribe to a topic",
    answer=answers.SUBSCRIBED,
    body=_BODY,
)
def subscribe_to_topic(call: Call) -> dict[str, Any]:
    """Subscribe users or contacts to a topic; the first one creates it."""
    topic, ids = _topic(call), sorted(set(call.body["subscribers"]))
    known = recipients.resolve(Caller.of(call.principal), ids)
    unknown = [one for one in ids if one not in known]
    if unknown:
        raise invalid_request("Some subscribers are unknown; nobody was added.", to=unknown)
    subscribers.add(topic, list(known.values()))
    return {"data": {"topic": call.path["name"], "subscribers": len(known)}}


@api.endpoint(
    "DELETE",
    "/1/topics/{name}/subscribers",
    access=_WRITE,
    summary="Unsubscribe from a topic",
    answer=answers.SUBSCRIBED,
    body=_BODY,
)
def unsubscribe_from_topic(call: Call) -> dict[str, Any]:
    """Remove subscribers from a topic of yours; unknown ones change nothing."""
    topic, caller = _topic(call), Caller.of(call.principal)
    ids = set(call.body["subscribers"])
    # Whoever is gone is removed too, so names are not looked up.
    both = sorted(ids | {f"{caller.contact_prefix}{one}" for one in ids})
    subscribers.remove(topic, both)
    return {"data": {"topic": call.path["name"], "subscribers": len(ids)}}


@api.endpoint(
    "GET",
    "/1/topics/{name}/subscribers",
    access=_READ,
    summary="List the subscribers of a topic",
    answer=answers.SUBSCRIBERS,
    query={
        "max_results": max_results(1, 1000, 100),
        "pagination_token": {**PAGE_TOKEN, "minLength": 0, "maxLength": 512},
    },
)
def list_subscribers(call: Call) -> dict[str, Any]:
    """List the subscribers of a topic of yours."""
    topic, size = _topic(call), call.query["max_results"]
    context = f"topic:{topic}"
    position = decode_position(context, call.query.get("pagination_token"), after=str)
    found = subscribers.page(topic, position["after"] if position else None, size)
    meta: dict[str, Any] = {"result_count": len(found)}
    if len(found) == size:
        meta["next_token"] = encode_token(context, {"after": found[-1]})
    return {"data": [shown_id(one) for one in found], "meta": meta}
