"""Lists of users in a relation to a user, in the order of ids.

A page begins after the last id of the page before, so pages stay stable while
relations come and go. What a block by the other user ended may be listed some moments
longer, as indexes follow their table.
"""

from collections.abc import Callable
from itertools import islice

from chalicelib.users.core.models import FOLLOWS
from chalicelib.users.profiles import directory

from shared.aws.dynamo import Item
from shared.base.errors import forbidden, not_found, suspended
from shared.base.pagination import decode_position, encode_token
from shared.contracts import graph, profiles

# Reads ids of a user's list: after an id, at most this many.
ReadIds = Callable[[str, str | None, int], list[str]]

# The filter hides how much is read: a page of a rare flag reads on in steps of this.
_STEP = 1000


def list_following(user_id: str, query: Item, viewer_id: str | None) -> Item:
    """Users whom a user follows.

    Raises:
        Problem: 404 for an unknown user, 403 if the viewer may not see the list.
    """
    _check_visible(user_id, viewer_id)
    return _page("following", _flagged("following"), user_id, query, viewer_id)


def list_followers(user_id: str, query: Item, viewer_id: str | None) -> Item:
    """Users who follow a user; those of large accounts come shard after shard.

    Raises:
        Problem: 404 for an unknown user, 403 if the viewer may not see the list.
    """
    _check_visible(user_id, viewer_id)
    context = f"followers:{user_id}"
    token = query.get("pagination_token")
    position = decode_position(context, token, shard=int, after=str)
    place = (position["shard"], position["after"]) if position else None
    ids, following = graph.follower_page(user_id, place, query["max_results"])
    next_position = {"shard": following[0], "after": following[1]} if following else None
    return _presented(context, ids, next_position, query, viewer_id)


def list_blocked(user_id: str, query: Item) -> Item:
    """Users whom the user blocks; only the user may ask."""
    return _page("blocked", _flagged("blocked"), user_id, query, user_id, own=True)


def list_muted(user_id: str, query: Item) -> Item:
    """Users whom the user mutes; only the user may ask."""
    return _page("muted", _flagged("muted"), user_id, query, user_id, own=True)


def list_requested(user_id: str, query: Item) -> Item:
    """Protected users whom the user asked for a follow; only the user may ask."""
    return _page("requested", _flagged("pending"), user_id, query, user_id)


def list_requesters(user_id: str, query: Item) -> Item:
    """Users with a pending follow request; only the user may ask."""

    def read(user_id: str, after: str | None, limit: int) -> list[str]:
        return graph.requester_ids(user_id, after=after, limit=limit)

    return _page("requesters", read, user_id, query, user_id)


def _page(
    kind: str,
    read: ReadIds,
    user_id: str,
    query: Item,
    viewer_id: str | None,
    *,
    own: bool = False,
) -> Item:
    context = f"{kind}:{user_id}"
    position = decode_position(context, query.get("pagination_token"), after=str)
    size = query["max_results"]
    ids = read(user_id, position["after"] if position else None, size + 1)
    next_position = {"after": ids[size - 1]} if len(ids) > size else None
    return _presented(context, ids[:size], next_position, query, viewer_id, own=own)


def _presented(
    context: str,
    ids: list[str],
    next_position: Item | None,
    query: Item,
    viewer_id: str | None,
    *,
    own: bool = False,
) -> Item:
    body = directory.listed(ids, query, viewer_id, own=own) if ids else {}
    body["meta"] = {"result_count": len(body.get("data", ()))}
    if next_position:
        body["meta"]["next_token"] = encode_token(context, next_position)
    return body


def _flagged(flag: str) -> ReadIds:
    """Reader of the targets of a user's pairs with a flag."""

    def read(user_id: str, after: str | None, limit: int) -> list[str]:
        condition = "#user_id = :user" + (" AND #target_id > :after" if after else "")
        values = {"user": user_id, "after": after, "true": True}
        options: Item = {"filter": f"#{flag} = :true", "attributes": "#target_id"}
        size = limit if flag == "following" else _STEP
        first = FOLLOWS.page(condition, values, limit=size, **options)
        items = first.items
        if len(items) < limit and first.last_key:
            rest = FOLLOWS.query(condition, values, limit=_STEP, start=first.last_key, **options)
            items += islice(rest, limit - len(items))
        return [item["target_id"] for item in items[:limit]]

    return read


def _check_visible(user_id: str, viewer_id: str | None) -> None:
    """Check that the viewer may see the lists of a user.

    Users whom the owner blocks may not; only followers see those of protected accounts.
    """
    card = profiles.card(user_id)
    if card is None or card.gone:
        raise not_found("user", user_id)
    if card.status == "suspended":
        raise suspended(user_id)
    if viewer_id == user_id:
        return
    if viewer_id is not None:
        relation = graph.relations(viewer_id, [user_id])[user_id]
        if relation.blocked_by:
            raise forbidden("You have been blocked from seeing this account's lists.")
        if relation.following:
            return
    if card.protected:
        raise forbidden("This account is protected.")
