"""``/1/segments``: conditions on recipients under a name."""

import re
from typing import Any

from chalicelib.notifications.accepting import segments
from chalicelib.notifications.access.callers import Caller
from chalicelib.notifications.contacts import segments as stored
from chalicelib.notifications.routes import answers
from chalicelib.notifications.routes.bodies import CONDITIONS, closed

from shared.auth.scopes import user_access
from shared.base.answers import NO_BODY
from shared.base.clock import iso, now_ms
from shared.base.errors import forbidden, invalid_request, not_found
from shared.http.api import Api, Call

api = Api(__name__, "Segments")

_WRITE = user_access("notifications.write", keys=("notifications.write",))
_READ = user_access("notifications.read", keys=("notifications.read", "notifications.write"))


def _caller(call: Call) -> Caller:
    """Caller who may have segments.

    Raises:
        Problem: 403 for users who may not notify others.
    """
    caller = Caller.of(call.principal)
    if not caller.to_others:
        raise forbidden("Segments are for API keys and administrators.")
    return caller


def _name(call: Call) -> str:
    name = call.path["name"]
    if not re.fullmatch(stored.NAME_PATTERN, name) or name == segments.EVERYBODY:
        raise invalid_request("The `name` path parameter is not valid.", name=name)
    return name


@api.endpoint(
    "GET",
    "/1/segments",
    access=_READ,
    summary="List segments",
    answer=answers.SEGMENTS,
)
def list_segments(call: Call) -> dict[str, Any]:
    """List your segments by name, at most 200."""
    found = [_shown(*one) for one in stored.store().of(_caller(call).owner)]
    return {"data": found, "meta": {"result_count": len(found)}}


@api.endpoint(
    "PUT",
    "/1/segments/{name}",
    access=_WRITE,
    summary="Save a segment",
    answer=answers.SEGMENT,
    body=closed({"where": CONDITIONS}, ("where",)),
)
def put_segment(call: Call) -> dict[str, Any]:
    """Create or replace a segment.

    Notifications that were accepted keep its former conditions.
    """
    caller, name, where = _caller(call), _name(call), call.body["where"]
    segments.check(caller, where)
    stored.store().put(caller.owner, name, where)
    return {"data": _shown(name, where, now_ms())}


@api.endpoint(
    "DELETE",
    "/1/segments/{name}",
    access=_WRITE,
    summary="Delete a segment",
    answer=NO_BODY,
    status=204,
)
def delete_segment(call: Call) -> None:
    """Delete a segment of yours; contacts and notifications stay."""
    caller, name = _caller(call), _name(call)
    if not stored.store().remove(caller.owner, name):
        raise not_found("segment", name, "name")


def _shown(name: str, where: dict[str, Any], at: int) -> dict[str, Any]:
    return {"name": name, "where": where, "updated_at": iso(at)}
