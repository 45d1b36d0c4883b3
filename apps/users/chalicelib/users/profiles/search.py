"""Finding users by the beginnings of the words of their names.

Every word of the query must begin a word of the username or the name. The
longest one leads into the index, which is read in windows; within a window
the verified come first and then the most followed, and before all comes
whoever has the query for a username. A word of a single letter finds only
words that are that letter.
"""

import re
from typing import Any

from chalicelib.users.core.folding import words
from chalicelib.users.core.models import SearchEntry
from chalicelib.users.profiles import directory, search_index
from chalicelib.users.profiles.related import Asked

from shared.aws import dynamo, sdk
from shared.base.pagination import decode_position, encode_token, invalid_token
from shared.contracts import graph, profiles

Item = dict[str, Any]

WINDOW = 200
# Windows that one page may read when few of the entries are wanted.
_WINDOWS = 5
_USERNAME = re.compile(r"@?([A-Za-z0-9_]{1,15})")


def find(query: Item, viewer_id: str) -> Item:
    """A page of users found by ``query``."""
    wanted = words(query["query"])
    context = "search:" + " ".join(sorted(wanted))
    position = decode_position(context, query.get("next_token"), skip=int)
    after, skip = _place(position, wanted, query), position["skip"] if position else 0
    size = query["max_results"]
    exact = _USERNAME.fullmatch(query["query"].strip())
    name = exact[1].lower() if exact else None
    found: list[str] = []
    items: dict[str, Item] = {}
    counts: dict[str, Item] = {}
    following: Item | None = {"after": after, "skip": skip} if wanted else None
    for _ in range(_WINDOWS):
        if following is None or len(found) == size:
            break
        after, skip = following["after"], max(0, following["skip"])
        ids, last = _window(wanted, name, after, max(WINDOW, size))
        if name and not after:
            ids += profiles.ids_of_usernames([name]).values()
        window_items, window_counts = directory.hydrate(ids, True)
        items |= window_items
        counts |= window_counts
        _drop_limited(window_items, viewer_id)
        ranked = _ranked(window_items, window_counts, name)
        page = ranked[skip : skip + size - len(found)]
        found += page
        if skip + len(page) < len(ranked):
            following = {"after": after, "skip": skip + len(page)}
        else:
            following = {"after": last, "skip": 0} if last else None
    people = [items[user_id] for user_id in found]
    body = directory.present(people, counts, Asked.of(query), viewer_id, [])
    body["meta"] = {"result_count": len(people)}
    if following is not None:
        body["meta"]["next_token"] = encode_token(context, following)
    return body


def _place(position: Item | None, wanted: set[str], query: Item) -> str:
    """The entry behind which a page begins; DynamoDB takes none that the word does not lead to.

    Raises:
        Problem: 400 when the token was made up.
    """
    after = position.get("after") if position else ""
    if not isinstance(after, str) or not (after.isprintable() and wanted):
        after = None if position else ""
    elif after and not after.startswith(_longest(wanted)):
        after = None
    if after is None:
        raise invalid_token(query["next_token"])
    return after


def _longest(wanted: set[str]) -> str:
    return max(sorted(wanted), key=len)


def _window(wanted: set[str], name: str | None, after: str, size: int) -> tuple[list[str], str]:
    """Ids of one window of entries that match, and its last entry where more follow."""
    longest = _longest(wanted)
    query: Item = {
        "TableName": SearchEntry.Meta.table_name,
        "KeyConditionExpression": "prefix = :prefix AND begins_with(#entry, :word)",
        "ExpressionAttributeNames": {"#entry": "entry"},
        "ExpressionAttributeValues": {
            ":prefix": {"S": search_index.prefix(longest)},
            ":word": {"S": longest},
        },
        "Limit": size,
    }
    if after:
        query["ExclusiveStartKey"] = {
            "prefix": {"S": search_index.prefix(longest)},
            "entry": {"S": after},
        }
    answer = sdk.client("dynamodb").query(**query)
    ids = [
        entry["user_id"]
        for entry in map(dynamo.decode_item, answer["Items"])
        if entry["username"].lower() != name and _matches(entry, longest, wanted)
    ]
    last = answer.get("LastEvaluatedKey")
    return ids, last["entry"]["S"] if last else ""


def _matches(entry: Item, longest: str, wanted: set[str]) -> bool:
    """Whether all the words fit, and this is the first of the user's entries to be met."""
    names = entry["words"].split()
    first = min(name for name in names if name.startswith(longest))
    return entry["entry"] == f"{first}#{entry['user_id']}" and all(
        any(name.startswith(word) for name in names) for word in wanted
    )


def _drop_limited(items: dict[str, Item], viewer_id: str | None) -> None:
    """Limited accounts are found by themselves and by their followers (a call where there are)."""
    limited = {i for i, item in items.items() if item.get("limited") and i != viewer_id}
    if not limited:
        return
    relations = graph.relations(viewer_id, limited) if viewer_id else {}
    for user_id in limited:
        if user_id not in relations or not relations[user_id].following:
            del items[user_id]


def _ranked(items: dict[str, Item], counts: dict[str, Item], name: str | None) -> list[str]:
    active = [item for item in items.values() if item.get("status", "active") == "active"]
    active.sort(
        key=lambda item: (
            item["username"].lower() != name,
            not item.get("verified"),
            -counts.get(item["id"], {}).get("followers", 0),
            item["id"],
        )
    )
    return [item["id"] for item in active]
