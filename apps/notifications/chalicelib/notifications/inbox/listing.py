"""Pages of the inbox as the API shows them."""

import re
from typing import Any

from chalicelib.notifications.core.caused_ids import ID_PATTERN
from chalicelib.notifications.inbox import entries

from shared.aws.dynamo import Item
from shared.base.clock import iso
from shared.base.pagination import decode_position, encode_token, invalid_token
from shared.contracts import profiles
from shared.contracts.profiles import UserCard

# Bounds the cost of a page whose actors are gone: it is filled in so many rounds.
_ROUNDS = 5


def page(user_id: str, size: int, token: str | None) -> dict[str, Any]:
    """Return a page of a user's inbox, newest first.

    Entries whose actor is gone are left out.

    Args:
        size: entries of a full page.
        token: the page token, ``None`` for the first page.

    Raises:
        Problem: 400: the token is not valid here.
    """
    context = f"inbox:{user_id}"
    before = _position(context, token)
    unread, generation = entries.counter(user_id)
    data: list[dict[str, Any]] = []
    more = True
    for _ in range(_ROUNDS):
        missing = size - len(data)
        # One too many shows that there is another page.
        items = entries.page(user_id, before, missing + 1)
        more, items = len(items) > missing, items[:missing]
        data += _present_all(items, generation)
        if items:
            before = items[-1]["id"]
        if not more or len(data) == size:
            break
    meta: dict[str, Any] = {"result_count": len(data), "unread_count": unread}
    if more and before:
        meta["next_token"] = encode_token(context, {"before": before})
    return {"data": data, "meta": meta} if data else {"meta": meta}


def _position(context: str, token: str | None) -> str | None:
    """Id that the page begins after."""
    position = decode_position(context, token, before=str)
    if position is None or token is None:
        return None
    before: str = position["before"]
    if not re.fullmatch(ID_PATTERN, before):
        raise invalid_token(token)
    return before


def _present_all(items: list[Item], generation: int) -> list[dict[str, Any]]:
    actors = profiles.cards(item["actor_id"] for item in items)
    return [
        _present(item, actors[item["actor_id"]], generation)
        for item in items
        if item["actor_id"] in actors and actors[item["actor_id"]].active
    ]


def _present(item: Item, actor: UserCard, generation: int) -> dict[str, Any]:
    card = {
        "id": actor.id,
        "username": actor.username,
        "name": actor.name,
        "profile_image_url": actor.profile_image_url,
    }
    entry = {
        "id": item["id"],
        "type": item["type"],
        "actor": _without_none(card),
        "tweet_id": item.get("tweet_id"),
        "crawl_id": item.get("crawl_id"),
        "title": item.get("title"),
        "text": item.get("text"),
        "read": entries.is_read(item, generation),
        "created_at": iso(item["created_at"]),
    }
    return _without_none(entry)


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
