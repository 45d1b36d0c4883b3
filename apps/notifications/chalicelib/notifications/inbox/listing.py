"""Pages of the inbox as the API shows them."""

import re
from typing import Any

from chalicelib.notifications.core.caused_ids import ID_PATTERN
from chalicelib.notifications.inbox import entries, newest

from shared.aws.dynamo import Item
from shared.base.clock import iso
from shared.base.pagination import decode_position, encode_token, invalid_token
from shared.contracts import profiles
from shared.contracts.profiles import UserCard

# Entries that each round reads at least: bounds the cost of a page among entries whose actors
# or tweets are gone.
_DEPTHS = (0, 50, 100, 200, 400)


def page(user_id: str, size: int, token: str | None) -> dict[str, Any]:
    """Return a page of a user's inbox, newest first.

    Withdrawn entries, and those whose actor is gone, are left out. Unread ones among the latter
    leave the unread count here: nobody could read them.

    Args:
        size: entries of a full page.
        token: the page token, ``None`` for the first page.

    Raises:
        Problem: 400: the token is not valid here.
    """
    context = f"inbox:{user_id}"
    before = _position(context, token)
    first = newest.of(user_id, first_page=before is None)
    unread, generation = first.unread, first.generation
    data: list[dict[str, Any]] = []
    hidden: list[str] = []
    more = True
    for depth in _DEPTHS:
        wanted = max(size - len(data), depth)
        # One too many shows that there is another page.
        items = first.page(before, wanted + 1)
        more, items = len(items) > wanted, items[:wanted]
        shown = [item for item in items if not entries.is_withdrawn(item)]
        actors = profiles.cards(item["actor_id"] for item in shown)
        for number, item in enumerate(items, 1):
            before = item["id"]
            if entries.is_withdrawn(item):
                continue
            actor = actors.get(item["actor_id"])
            if actor is not None and actor.active:
                data.append(_present(item, actor, generation))
            elif actor is not None and not entries.is_read(item, generation):
                hidden.append(item["id"])
            if len(data) == size:
                more = more or number < len(items)
                break
        if not more or len(data) == size:
            break
    if hidden:
        unread = entries.read_some(user_id, hidden)
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
