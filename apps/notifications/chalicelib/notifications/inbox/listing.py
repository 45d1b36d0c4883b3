"""Pages of the inbox as the API shows them."""

import re
from dataclasses import dataclass, field
from typing import Any

from chalicelib.notifications.core.caused_ids import ID_PATTERN
from chalicelib.notifications.inbox import entries, newest
from chalicelib.notifications.inbox.grouping import Group, group_of

from shared.aws.dynamo import Item
from shared.base.clock import iso
from shared.base.pagination import decode_position, encode_token, invalid_token
from shared.contracts import profiles
from shared.contracts.profiles import UserCard

# Entries that each round reads at least: bounds the cost of a page among entries whose actors
# or tweets are gone.
_DEPTHS = (0, 50, 100, 200, 400)
# Groups are worth more entries at once: 150 are about 6 read units.
_GROUPED_DEPTHS = (150, 200, 400)
_MENTIONS = frozenset({"mention", "reply", "quote"})


@dataclass(frozen=True)
class View:
    """Part of an inbox that is asked for.

    Attributes:
        grouped: join likes and retweets of one tweet, and follows.
        mentions: only mentions, replies and quotes.
        archived: the archive instead of the inbox.
    """

    grouped: bool = False
    mentions: bool = False
    archived: bool = False

    def shows(self, item: Item) -> bool:
        """True if an entry is in this view, whoever its actor is."""
        if entries.is_withdrawn(item) or entries.is_archived(item) != self.archived:
            return False
        return not self.mentions or item["type"] in _MENTIONS

    @property
    def context(self) -> str:
        """Words that page tokens of the view are bound to."""
        names = ("grouped", "mentions", "archived")
        return "".join(f":{name}" for name in names if getattr(self, name))


@dataclass
class _Reading:
    """A page while it is filled."""

    view: View
    generation: int
    size: int
    groups: dict[str, Group] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    before: str | None = None
    ended: bool = False

    def take(self, items: list[Item]) -> None:
        """Add entries until the page has no room for the next one."""
        shown = [item for item in items if self.view.shows(item)]
        actors = profiles.cards(item["actor_id"] for item in shown)
        for item in items:
            actor = actors.get(item.get("actor_id", ""))
            if self.view.shows(item) and actor is not None:
                if actor.active and not self._add(item, actor):
                    self.ended = True
                    return
                if not actor.active and not entries.is_read(item, self.generation):
                    self.hidden.append(item["id"])
            self.before = item["id"]

    @property
    def full(self) -> bool:
        """True if no further group has room."""
        return len(self.groups) == self.size

    def _add(self, item: Item, actor: UserCard) -> bool:
        key = group_of(item) if self.view.grouped else item["id"]
        if key not in self.groups:
            if self.full:
                return False
            self.groups[key] = Group()
        self.groups[key].add(item, actor, read=entries.is_read(item, self.generation))
        return True


def page(user_id: str, size: int, token: str | None, view: View | None = None) -> dict[str, Any]:
    """Return a page of a user's inbox, newest first.

    Withdrawn entries, and those whose actor is gone, are left out. Unread ones among the latter
    leave the unread count here: nobody could read them. The unread count is of entries, not of
    groups.

    Args:
        size: entries or groups of a full page.
        token: the page token, ``None`` for the first page.

    Raises:
        Problem: 400: the token is not valid here.
    """
    view = view or View()
    context = f"inbox:{user_id}{view.context}"
    start = _position(context, token)
    first = newest.of(user_id, first_page=start is None)
    unread = first.unread
    reading = _Reading(view, first.generation, size, before=start)
    more = True
    for depth in _GROUPED_DEPTHS if view.grouped else _DEPTHS:
        wanted = max(size - len(reading.groups), depth)
        # One too many shows that there is another page.
        items = first.page(reading.before, wanted + 1)
        more = len(items) > wanted
        reading.take(items[:wanted])
        if not more or reading.ended or reading.full:
            break
    if reading.hidden:
        unread = entries.read_some(user_id, reading.hidden)
    data = [_present(group, grouped=view.grouped) for group in reading.groups.values()]
    meta: dict[str, Any] = {"result_count": len(data), "unread_count": unread}
    if (more or reading.ended) and reading.before:
        meta["next_token"] = encode_token(context, {"before": reading.before})
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


def _present(group: Group, *, grouped: bool) -> dict[str, Any]:
    """Return a group as its newest entry, with its members if `grouped`."""
    item = group.newest
    entry = {
        "id": item["id"],
        "type": item["type"],
        "actor": _card(group.actors[0]),
        "tweet_id": item.get("tweet_id"),
        "crawl_id": item.get("crawl_id"),
        "title": item.get("title"),
        "text": item.get("text"),
        "url": item.get("url"),
        "read": group.read,
        "created_at": iso(item["created_at"]),
    }
    if grouped:
        entry["group"] = {
            "count": group.count,
            "actors": [_card(actor) for actor in group.actors],
            "ids": group.ids,
        }
    return _without_none(entry)


def _card(actor: UserCard) -> dict[str, Any]:
    card = {
        "id": actor.id,
        "username": actor.username,
        "name": actor.name,
        "profile_image_url": actor.profile_image_url,
    }
    return _without_none(card)


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
