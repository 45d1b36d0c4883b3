"""Search of users by the beginnings of the words of their names.

Each word of the query must begin a word of the username or the name. The longest
one leads into the index, which is read in windows. Within a window verified users
come first, then the most followed; a user whose username equals the query comes
before all. A word of one letter finds only words that are that letter.

The entries of the index say enough to rank a window (`search_index`), with followers to
within a factor of two: only the users of a page are read, and ordered by exact counts. A
page of 20 costs some 35 RRU: a window of 200 entries 4, each user with counters and the
viewer's relation 1.5.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.users.core.folding import words
from chalicelib.users.core.models import SEARCH_ENTRIES
from chalicelib.users.profiles import directory, search_index
from chalicelib.users.profiles.expansions import UserQuery

from shared.aws.dynamo import Item
from shared.base.pagination import decode_position, encode_token, invalid_token
from shared.base.process import process
from shared.contracts import profiles
from shared.contracts.graph import Relation
from shared.contracts.user_object import is_listed

_USERNAME = re.compile(r"@?([A-Za-z0-9_]{1,15})")


@dataclass(frozen=True)
class SearchLimits:
    """Bounds of a page of search.

    Attributes:
        window: entries of the index that are read and ranked together.
        windows: windows that one page may read if few of their entries match.
        rounds: reads of users, of whom some are hidden, that one page may make.
    """

    window: int = 200
    windows: int = 5
    rounds: int = 6


@dataclass
class _Found:
    """Users of a page in their order, and what was read of them.

    Attributes:
        rounds: reads of users that the page may still make.
    """

    rounds: int
    ids: list[str] = field(default_factory=list)
    items: dict[str, Item] = field(default_factory=dict)
    counts: dict[str, Item] = field(default_factory=dict)


def find(query: Item, viewer_id: str) -> Item:
    """A page of users found by ``query``.

    Raises:
        Problem: 400 for a page token of another search.
    """
    wanted = words(query["query"])
    context = "search:" + " ".join(sorted(wanted))
    position = decode_position(context, query.get("next_token"), skip=int)
    after = _place(position, wanted, query)
    following: Item | None = {"after": after, "skip": position["skip"] if position else 0}
    exact = _USERNAME.fullmatch(query["query"].strip())
    name = exact[1].lower() if exact else None
    limits = process.limits(SearchLimits)
    found = _Found(limits.rounds)
    for _ in range(limits.windows if wanted else 0):
        if following is None or len(found.ids) == query["max_results"] or not found.rounds:
            break
        following = _add_window(found, wanted, name, following, query["max_results"], viewer_id)
    users = [found.items[user_id] for user_id in found.ids]
    body = directory.present(users, found.counts, UserQuery.of(query), viewer_id, [])
    body["meta"] = {"result_count": len(users)}
    if wanted and following is not None:
        body["meta"]["next_token"] = encode_token(context, following)
    return body


def _add_window(
    found: _Found, wanted: set[str], name: str | None, position: Item, size: int, viewer_id: str
) -> Item | None:
    """Add the users of one window to a page of at most ``size``.

    Returns:
        the position after them, or ``None`` at the end.
    """
    after, skip = position["after"], max(0, position["skip"])
    entries, last = _window(wanted, name, after, max(process.limits(SearchLimits).window, size))
    ranked = _ranked(entries)
    if name and not after:
        ranked = [*profiles.ids_of_usernames([name]).values(), *ranked]
    shown: list[str] = []
    while skip < len(ranked) and found.rounds and (missing := size - len(found.ids) - len(shown)):
        batch = ranked[skip : skip + missing]
        skip, found.rounds = skip + len(batch), found.rounds - 1
        items, counts, relations = directory.hydrate_with_relations(batch, viewer_id)
        _drop_hidden(items, viewer_id, relations)
        found.items |= items
        found.counts |= counts
        shown += items
    found.ids += _by_counts(shown, found, name)
    if skip < len(ranked):
        return {"after": after, "skip": skip}
    return {"after": last, "skip": 0} if last else None


def _place(position: Item | None, wanted: set[str], query: Item) -> str:
    """Entry of the longest word after which a page begins.

    DynamoDB accepts only entries of the word itself.

    Raises:
        Problem: 400 for a forged token.
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


def _window(wanted: set[str], name: str | None, after: str, size: int) -> tuple[list[Item], str]:
    """Return one window's matching entries, and its last key if more follow."""
    longest = _longest(wanted)
    prefix = search_index.prefix(longest)
    page = SEARCH_ENTRIES.page(
        "#prefix = :prefix AND begins_with(#entry, :word)",
        {"prefix": prefix, "word": longest},
        limit=size,
        start={"prefix": prefix, "entry": after} if after else None,
    )
    entries = [
        entry
        for entry in page.items
        if entry["username"].lower() != name and _matches(entry, longest, wanted)
    ]
    return entries, page.last_key["entry"] if page.last_key else ""


def _matches(entry: Item, longest: str, wanted: set[str]) -> bool:
    """Return whether all words match and the entry is its user's first."""
    names = entry["words"].split()
    first = min(name for name in names if name.startswith(longest))
    return entry["entry"] == f"{first}#{entry['user_id']}" and all(
        any(name.startswith(word) for name in names) for word in wanted
    )


def _drop_hidden(items: dict[str, Item], viewer_id: str, relations: Mapping[str, Relation]) -> None:
    """Drop accounts that lists do not show, and limited ones.

    Limited accounts are shown to themselves and to their followers.
    """
    for user_id, item in list(items.items()):
        card, relation = profiles.to_card(item), relations.get(user_id)
        is_near = user_id == viewer_id or bool(relation and relation.following)
        if not is_listed(viewer_id, card, relation) or (card.limited and not is_near):
            del items[user_id]


def _ranked(entries: list[Item]) -> list[str]:
    """Return users by the ranks in the index; entries without any come last."""

    def rank(entry: Item) -> tuple[bool, int, str]:
        return not entry.get("verified"), -entry.get("reach", 0), entry["user_id"]

    return [entry["user_id"] for entry in sorted(entries, key=rank)]


def _by_counts(user_ids: list[str], found: _Found, name: str | None) -> list[str]:
    def rank(user_id: str) -> tuple[bool, bool, int, str]:
        item = found.items[user_id]
        followers = found.counts.get(user_id, {}).get("followers", 0)
        return item["username"].lower() != name, not item.get("verified"), -followers, user_id

    return sorted(user_ids, key=rank)
