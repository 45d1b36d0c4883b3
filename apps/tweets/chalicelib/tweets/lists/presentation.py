"""Lists and their users, as X's API shows them."""

from collections.abc import Iterable, Mapping

from chalicelib.tweets.core.models import BY_USER, LISTS
from chalicelib.tweets.lists import lists, membership
from chalicelib.tweets.pipeline.fill import with_token
from chalicelib.tweets.pipeline.skeletons import positions
from chalicelib.tweets.pipeline.user_pages import list_people, present_users

from shared.aws.dynamo import Item
from shared.base.clock import iso
from shared.base.ids import MAX_ID, time_ms
from shared.base.pagination import decode_position, encode_token
from shared.contracts import profiles
from shared.contracts.fields import chosen

# Lists that the viewer may not see must not make a page read on for ever.
_MAX_ROUNDS = 5


def list_by_id(list_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return a list by id.

    Raises:
        Problem: 404 when the viewer cannot see it.
    """
    counted = _shows_counts(query)
    body = _present([lists.load_visible(viewer_id, list_id, counted=counted)], query, viewer_id)
    body["data"] = body["data"][0]
    return body


def lists_of_user(role: str, user_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return one page of lists in which a user has a role, newest first.

    Args:
        role: ``owner``, ``member``, ``follower`` or ``pin``.
    """
    context = f"lists:{role}:{user_id}"
    position = decode_position(context, query.get("pagination_token"), below=int)
    below: int | None = position["below"] if position else MAX_ID
    size = query["max_results"]
    shown: list[Item] = []
    for _ in range(_MAX_ROUNDS):
        if below is None or len(shown) == size:
            break
        # One more than is shown tells whether there is a page after this one.
        limit = size - len(shown) + 1
        items = positions(
            LISTS, BY_USER, "user_key", membership.key(role, user_id), 1, below - 1, limit
        )
        ids = [item["list_id"] for item in items[: limit - 1]]
        found = lists.visible(viewer_id, lists.load(ids, counted=_shows_counts(query)))
        shown += [found[i] for i in ids if i in found]
        below = int(ids[-1]) if len(items) == limit else None
    body = _present(shown, query, viewer_id)
    body["meta"] = {"result_count": len(shown)}
    return with_token(body, None if below is None else encode_token(context, {"below": below}))


def users_of_list(role: str, list_id: str, query: Item, viewer_id: str | None) -> Item:
    """Return one page of a list's members or followers, by id.

    Raises:
        Problem: 404 when the viewer cannot see the list.
    """
    lists.load_visible(viewer_id, list_id)
    context = f"list:{role}:{list_id}"
    position = decode_position(context, query.get("pagination_token"), after=str)
    size = query["max_results"]
    after = position["after"] if position else ""
    ids = membership.user_ids(list_id, role, after=after, limit=size + 1)
    body = people_of_list(role, ids[:size], query, viewer_id)
    return with_token(body, encode_token(context, {"after": ids[size - 1]}) if ids[size:] else None)


def people_of_list(role: str, user_ids: list[str], query: Item, viewer_id: str | None) -> Item:
    """Return users with a role in a list, as far as the viewer sees them."""
    return list_people(viewer_id, user_ids, query, acts=role == "follower")


def _shows_counts(query: Item) -> bool:
    return bool({"follower_count", "member_count"} & set(query.get("list.fields", ())))


def _present(found: list[Item], query: Item, viewer_id: str | None) -> Item:
    if not found:
        return {}
    expansions = chosen(query, "expansions")
    # The field that names what an expansion adds is shown as well.
    fields = chosen(query, "list") | expansions
    body: Item = {"data": [_list_object(item, fields) for item in found]}
    if "owner_id" in expansions:
        owners: Iterable[str] = dict.fromkeys(item["owner_id"] for item in found)
        cards = profiles.cards(owners)
        known = [cards[one] for one in owners if one in cards]
        if users := present_users(viewer_id, known, query).get("data"):
            body["includes"] = {"users": users}
    return body


def _list_object(item: Item, fields: frozenset[str]) -> Item:
    counts: Mapping[str, int] = item["counts"]
    values = {
        "created_at": iso(time_ms(item["list_id"])),
        "description": item.get("description", ""),
        "follower_count": max(0, counts.get("followers", 0)),
        "member_count": max(0, counts.get("members", 0)),
        "owner_id": item["owner_id"],
        "private": bool(item.get("private")),
    }
    shown = {"id": item["list_id"], "name": item["name"]}
    return shown | {name: value for name, value in values.items() if name in fields}
