"""Export of a person's data in the tweets domain.

Others' tweets appear as ids only: their text belongs to others, and may be protected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.long_text_model import TEXTS
from chalicelib.tweets.core.models import (
    BY_AUTHOR,
    BY_USER,
    ENGAGEMENTS,
    FOLDERS,
    LISTS,
    PLANNED,
    TWEETS,
)
from chalicelib.tweets.core.names import DOMAIN
from chalicelib.tweets.lists import lists, membership
from chalicelib.tweets.media import items as media_items
from chalicelib.tweets.posting import planned_items

from shared.aws.dynamo import Item
from shared.aws.table import Table
from shared.aws.walks import Position
from shared.base.clock import iso
from shared.base.ids import MAX_ID, time_ms
from shared.base.process import process
from shared.contracts import exporting, media_object
from shared.contracts.fields import MEDIA_FIELDS

Page = tuple[list[Item], Position | None]

_LIST_FIELDS = ("name", "description", "private")
# Bookkeeping that says nothing about the person.
_INTERNAL = frozenset({"version", "updated_at", "position", "imported"})


@dataclass(frozen=True)
class ExportLimits:
    """Items per file of an export; lists carry their members.

    Attributes:
        long_texts: tweets with long texts, of up to 100 KB each.
    """

    page_size: int = 500
    long_texts: int = 50
    lists: int = 20


def tweets(user_id: str, position: Position | None) -> Page:
    """Own tweets and retweets, oldest first, with all that is stored of them."""
    values = {"author": user_id}
    found, after = _read_oldest(TWEETS, "#author_id = :author", values, position, BY_AUTHOR)
    stored = TWEETS.get_many({"id": one["id"]} for one in found)
    stored.sort(key=lambda item: int(item["id"]))
    long = [item["id"] for item in stored if item.get("long_text")]
    if len(long) > (most := process.limits(ExportLimits).long_texts):
        stored = [item for item in stored if int(item["id"]) < int(long[most])]
        after = {"above": int(stored[-1]["id"])}
    texts = {item["id"]: item for item in TEXTS.get_many({"id": one} for one in long[:most])}
    return [_tweet(item, texts) for item in stored if not item.get("deleted")], after


def engagements(kind: str, user_id: str, position: Position | None) -> Page:
    """Active likes, bookmarks or votes, by tweet id."""
    page = ENGAGEMENTS.page(
        "#user_id = :user",
        {"user": user_id, "kind": kind, "yes": True},
        filter="#kind = :kind AND #active = :yes",
        limit=2 * _page_size(),
        start={"user_id": user_id, **position} if position else None,
    )
    names = ("tweet_id", "choice", "folder_id")
    shown = [
        {**{n: one[n] for n in names if n in one}, "at": iso(one["updated_at"])}
        for one in page.items
    ]
    return shown, _next_position(page.last_key)


def own_lists(user_id: str, position: Position | None) -> Page:
    """Own lists with the ids of their members."""
    ids, after = _list_ids("owner", user_id, position, process.limits(ExportLimits).lists)
    found = lists.load(ids)
    return [
        {
            **{name: value for name, value in found[one].items() if name in _LIST_FIELDS},
            "id": one,
            "member_ids": membership.user_ids(one, "member", limit=membership.MAX_MEMBERS),
        }
        for one in ids
        if one in found
    ], after


def list_places(role: str, user_id: str, position: Position | None) -> Page:
    """Ids of the lists that the user follows or has pinned."""
    ids, after = _list_ids(role, user_id, position, _page_size())
    return [{"list_id": one} for one in ids], after


def folders(user_id: str, position: Position | None) -> Page:
    """Folders of bookmarks; each bookmark names its own."""
    found, after = _read_prefix(FOLDERS, user_id, "folder#", position)
    return [{"id": one["entry"].partition("#")[2], "name": one["name"]} for one in found], after


def planned(kind: str, user_id: str, position: Position | None) -> Page:
    """Drafts or scheduled tweets, oldest first."""
    found, after = _read_prefix(PLANNED, user_id, f"{kind}#", position)
    return [
        {
            "id": planned_items.id_of(one),
            "status": one["status"],
            "tweet": planned_items.body_of(one),
            **({"scheduled_at": iso(one["due_at"])} if "due_at" in one else {}),
        }
        for one in found
    ], after


def media(user_id: str, position: Position | None) -> Page:
    """Uploads with the addresses of their files."""
    after = position["after"] if position else "0"
    page = media_items.page_of_owner(user_id, after, _page_size())
    ids = [item["id"] for item in page.items]
    found = media_items.load(ids) if ids else {}
    shown = [
        {
            **media_object.present({**one, "type": one["kind"]}, frozenset(MEDIA_FIELDS)),
            "created_at": iso(time_ms(one["id"])),
        }
        for one in sorted(found.values(), key=lambda one: int(one["id"]))
        # Subtitles have no files of their own; they appear with their video.
        if one["state"] == "succeeded" and one["kind"] != "subtitles"
    ]
    return shown, {"after": ids[-1]} if page.last_key else None


SECTIONS: dict[str, exporting.Section] = {
    "tweets": tweets,
    "likes": partial(engagements, "like"),
    "bookmarks": partial(engagements, "bookmark"),
    "bookmark-folders": folders,
    "drafts": partial(planned, "draft"),
    "scheduled": partial(planned, "scheduled"),
    "votes": partial(engagements, "vote"),
    "lists": own_lists,
    "lists-followed": partial(list_places, "follower"),
    "media": media,
    "lists-pinned": partial(list_places, "pin"),
}
walk = exporting.walk(DOMAIN, SECTIONS)


def _page_size() -> int:
    return process.limits(ExportLimits).page_size


def _tweet(item: Item, texts: Mapping[str, Item]) -> Item:
    shown = {name: value for name, value in item.items() if name not in _INTERNAL}
    if "entities" in shown:
        shown["entities"] = visibility.entities(item)
    if text := texts.get(item["id"]):
        shown["note_tweet"] = {"text": text["text"], "entities": visibility.entities(text)}
    if "media" in shown:
        shown["media"] = media_object.of_tweet(item)
    return {**shown, "created_at": iso(time_ms(item["id"]))}


def _read_prefix(table: Table[Any], user_id: str, prefix: str, position: Position | None) -> Page:
    """Return a page of the user's items whose range key has a prefix."""
    page = table.page(
        "#user_id = :user AND begins_with(#entry, :prefix)",
        {"user": user_id, "prefix": prefix},
        limit=_page_size(),
        start={"user_id": user_id, **position} if position else None,
    )
    return page.items, _next_position(page.last_key)


def _next_position(last_key: Mapping[str, Any] | None) -> Position | None:
    return {"entry": last_key["entry"]} if last_key else None


def _list_ids(
    role: str, user_id: str, position: Position | None, limit: int
) -> tuple[list[str], Position | None]:
    values = {"user_key": f"{role}#{user_id}"}
    found, after = _read_oldest(LISTS, "#user_key = :user_key", values, position, BY_USER, limit)
    return [one["list_id"] for one in found], after


def _read_oldest(
    table: Table[Any],
    condition: str,
    values: Item,
    position: Position | None,
    index: str,
    limit: int | None = None,
) -> Page:
    """Return a page of items that have a ``position``, oldest first."""
    size = limit or _page_size()
    found = table.page(
        f"{condition} AND #position BETWEEN :oldest AND :newest",
        {**values, "oldest": position["above"] + 1 if position else 1, "newest": MAX_ID},
        index=index,
        limit=size,
    ).items
    return found, {"above": int(found[-1]["position"])} if len(found) == size else None
