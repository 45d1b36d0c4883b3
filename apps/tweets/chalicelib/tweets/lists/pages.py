"""Pages of lists, of the people on them, and of their members' tweets."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.tweets.core.models import BY_USER, ListEntry
from chalicelib.tweets.heads import store
from chalicelib.tweets.lists import lists, membership
from chalicelib.tweets.pages import page_loop, rules, users_in_lists
from chalicelib.tweets.pages.hydration import Page
from chalicelib.tweets.pages.skeletons import NOTHING, Skeleton, Window, merged, positions, window
from chalicelib.tweets.timelines.head_skeletons import Depth, sources

from shared.base.clock import iso
from shared.base.ids import MAX_ID, time_ms
from shared.base.pagination import decode_position, encode_token
from shared.contracts.fields import chosen

Item = dict[str, Any]

# As many members as a list may have: their heads are a hundred to a call.
TIMELINE_MEMBERS = 5000
# Lists that the viewer may not see must not make a page read on for ever.
_MAX_ROUNDS = 5


def one(list_id: str, query: Item, viewer_id: str | None) -> Item:
    """A list by id.

    Raises:
        Problem: 404 when it is not there for the viewer.
    """
    counted = _counted(query)
    body = _present([lists.readable(viewer_id, list_id, counted=counted)], query, viewer_id)
    body["data"] = body["data"][0]
    return body


def of_user(role: str, user_id: str, query: Item, viewer_id: str | None) -> Item:
    """The lists to which a user is something, newest list first.

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
        more = size - len(shown) + 1
        items = positions(
            ListEntry.Meta.table_name, BY_USER, "user_key", f"{role}#{user_id}", 1, below - 1, more
        )
        ids = [item["list_id"] for item in items[: more - 1]]
        found = lists.load(ids, counted=_counted(query))
        shown += [found[i] for i in ids if i in found and lists.visible(viewer_id, found[i])]
        below = int(ids[-1]) if len(items) == more else None
    body = _present(shown, query, viewer_id)
    body["meta"] = {"result_count": len(shown)}
    return users_in_lists.with_token(
        body, None if below is None else encode_token(context, {"below": below})
    )


def people_of(role: str, list_id: str, query: Item, viewer_id: str | None) -> Item:
    """The members or followers of a list, in the order of their ids.

    Raises:
        Problem: 404 when the list is not there for the viewer.
    """
    lists.readable(viewer_id, list_id)
    context = f"list:{role}:{list_id}"
    position = decode_position(context, query.get("pagination_token"), after=str)
    size = query["max_results"]
    after = position["after"] if position else ""
    ids = membership.holders(list_id, role, after=after, limit=size + 1)
    body = users_in_lists.present(viewer_id, ids[:size], query)
    token = encode_token(context, {"after": ids[size - 1]}) if ids[size:] else None
    return users_in_lists.with_token(body, token)


def tweets_of(list_id: str, query: Item, viewer_id: str | None) -> Item:
    """The newest tweets of a list's members, for whom the viewer may read.

    Calls: the list, its members, their heads (a hundred to a call, cached for
    seconds), one Query a member whose head ends above the page (at most
    `pulled.MAX_QUERIES`), then hydration as for every page.

    Raises:
        Problem: 404 when the list is not there for the viewer.
    """
    lists.readable(viewer_id, list_id)
    heads = store.load(membership.holders(list_id, "member", limit=TIMELINE_MEMBERS))

    depth = Depth()

    def read(bounds: Window) -> Skeleton:
        return merged(*sources(heads.values(), bounds, NOTHING, depth))

    def skeleton(bounds: Window) -> Skeleton:
        return depth.bounded(bounds, read)

    bounds = window(query, f"list:{list_id}")
    return page_loop.page_of(Page(viewer_id, query), bounds, skeleton, rules.visible)


def _counted(query: Item) -> bool:
    return bool({"follower_count", "member_count"} & set(query.get("list.fields", ())))


def _present(found: list[Item], query: Item, viewer_id: str | None) -> Item:
    if not found:
        return {}
    expansions = chosen(query, "expansions")
    # What an expansion adds is named where it belongs.
    fields = chosen(query, "list") | expansions
    body: Item = {"data": [_list_object(item, fields) for item in found]}
    if "owner_id" in expansions:
        owners: Iterable[str] = dict.fromkeys(item["owner_id"] for item in found)
        if users := users_in_lists.present(viewer_id, owners, query).get("data"):
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
