"""``/1/notifications/inbox``: the notifications of a user."""

import re
from typing import Any

from chalicelib.notifications.core.caused_ids import ID_PATTERN
from chalicelib.notifications.delivery import inbox
from chalicelib.notifications.routes import answers

from shared.auth.scopes import user_access
from shared.base.clock import iso
from shared.base.errors import invalid_request
from shared.base.pagination import decode_position, encode_token
from shared.contracts import profiles
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.contracts.profiles import UserCard
from shared.http.api import Api, Call

api = Api(__name__, "Notifications")

# Rounds of reading on when a page's actors are gone: bounds what one request may cost.
_ROUNDS = 5


@api.endpoint(
    "GET",
    "/1/notifications/inbox",
    access=user_access("notifications.read"),
    summary="Get your notifications",
    answer=answers.INBOX,
    query={
        "max_results": max_results(1, 100, 20),
        "pagination_token": {**PAGE_TOKEN, "minLength": 0, "maxLength": 512},
    },
)
def list_inbox(call: Call) -> dict[str, Any]:
    """List your notifications, newest first.

    Notifications from accounts that no longer exist are left out.
    """
    user_id, size = call.user_id, call.query["max_results"]
    context = f"inbox:{user_id}"
    token = call.query.get("pagination_token")
    position = decode_position(context, token, before=str)
    before: str | None = position["before"] if position else None
    if before is not None and not re.fullmatch(ID_PATTERN, before):
        raise invalid_request("The `pagination_token` is not valid", pagination_token=token)
    unread, generation = inbox.counter(user_id)
    data: list[dict[str, Any]] = []
    more = True
    for _ in range(_ROUNDS):
        missing = size - len(data)
        # One too many tells whether there is another page.
        items = inbox.page(user_id, before, missing + 1)
        more, items = len(items) > missing, items[:missing]
        data += _shown(items, generation)
        if items:
            before = items[-1]["id"]
        if not more or len(data) == size:
            break
    meta: dict[str, Any] = {"result_count": len(data), "unread_count": unread}
    if more and before:
        meta["next_token"] = encode_token(context, {"before": before})
    return {"data": data, "meta": meta} if data else {"meta": meta}


@api.endpoint(
    "POST",
    "/1/notifications/inbox/read",
    access=user_access("notifications.write"),
    summary="Mark notifications as read",
    answer=answers.UNREAD,
    body={
        "type": "object",
        "properties": {
            "all": {"const": True},
            "ids": {
                "type": "array",
                "minItems": 1,
                "maxItems": 100,
                "items": {"type": "string", "pattern": ID_PATTERN},
            },
        },
        "additionalProperties": False,
    },
)
def mark_read(call: Call) -> dict[str, Any]:
    """Mark all notifications as read, or some by their ids.

    Ids that are not in the inbox change nothing.
    """
    if len(call.body) != 1:
        raise invalid_request("The body holds either `all` or `ids`.")
    if "all" in call.body:
        unread = inbox.read_all(call.user_id)
    else:
        unread = inbox.read_some(call.user_id, sorted(set(call.body["ids"])))
    return {"data": {"unread_count": unread}}


def _shown(items: list[dict[str, Any]], generation: int) -> list[dict[str, Any]]:
    actors = profiles.cards(item["actor_id"] for item in items)
    return [
        _entry(item, actors[item["actor_id"]], generation)
        for item in items
        if item["actor_id"] in actors and actors[item["actor_id"]].active
    ]


def _entry(item: dict[str, Any], actor: UserCard, generation: int) -> dict[str, Any]:
    card = {
        "id": actor.id,
        "username": actor.username,
        "name": actor.name,
        "profile_image_url": actor.profile_image_url,
    }
    entry = {
        "id": item["id"],
        "type": item["type"],
        "actor": _present(card),
        "tweet_id": item.get("tweet_id"),
        "title": item.get("title"),
        "text": item.get("text"),
        "read": inbox.is_read(item, generation),
        "created_at": iso(item["created_at"]),
    }
    return _present(entry)


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
