"""What the tweets domain holds of somebody, as the export shows it.

Of others' tweets only ids: what they say is theirs, and may be protected.
"""

import json
from functools import partial
from typing import Any

from chalicelib.tweets.core import visibility
from chalicelib.tweets.core.models import (
    BY_AUTHOR,
    BY_OWNER,
    BY_USER,
    LISTS,
    TWEETS,
    BookmarkFolder,
    Engagement,
    Media,
    PlannedTweet,
    Tweet,
)
from chalicelib.tweets.lists import lists, membership
from chalicelib.tweets.pipeline.skeletons import positions

from shared.aws import dynamo, sdk
from shared.aws.walks import Position
from shared.base.clock import iso
from shared.base.ids import MAX_ID, time_ms
from shared.contracts import exporting, media_object
from shared.contracts.fields import MEDIA_FIELDS

Item = dict[str, Any]
Page = tuple[list[Item], Position | None]

_PAGE = 500
_LISTS = 20
# Bookkeeping that says nothing about the person.
_INTERNAL = frozenset({"version", "updated_at", "position"})


def tweets(user_id: str, position: Position | None) -> Page:
    """Own tweets and retweets, oldest first, with everything that is kept of them."""
    table, oldest = Tweet.Meta.table_name, position["above"] + 1 if position else 1
    found = positions(
        TWEETS, BY_AUTHOR, "author_id", user_id, oldest, MAX_ID, _PAGE, ascending=True
    )
    stored = dynamo.batch_get({table: [{"id": one["id"]} for one in found]})[table]
    stored.sort(key=lambda item: int(item["id"]))
    after = {"above": int(found[-1]["position"])} if len(found) == _PAGE else None
    return [_tweet(item) for item in stored if not item.get("deleted")], after


def engagements(kind: str, user_id: str, position: Position | None) -> Page:
    """Likes, bookmarks or votes that hold, by tweet id."""
    query: Item = {
        "TableName": Engagement.Meta.table_name,
        "KeyConditionExpression": "user_id = :user",
        "FilterExpression": "kind = :kind AND active = :true",
        "ExpressionAttributeValues": dynamo.encode_item(
            {":user": user_id, ":kind": kind, ":true": True}
        ),
        "Limit": 2 * _PAGE,
    }
    if position:
        query["ExclusiveStartKey"] = dynamo.encode_item({"user_id": user_id, **position})
    answer = sdk.client("dynamodb").query(**query)
    names = ("tweet_id", "choice", "folder_id")
    found = [dynamo.decode_item(raw) for raw in answer["Items"]]
    shown = [
        {**{n: one[n] for n in names if n in one}, "at": iso(one["updated_at"])} for one in found
    ]
    last = answer.get("LastEvaluatedKey")
    return shown, {"entry": last["entry"]["S"]} if last else None


def own_lists(user_id: str, position: Position | None) -> Page:
    """Own lists with the ids of their members."""
    ids, after = _list_ids("owner", user_id, position, _LISTS)
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
    ids, after = _list_ids(role, user_id, position, _PAGE)
    return [{"list_id": one} for one in ids], after


def folders(user_id: str, position: Position | None) -> Page:
    """Folders of bookmarks; each bookmark names its own."""
    found, after = _own(BookmarkFolder.Meta.table_name, user_id, "folder#", position)
    return [{"id": one["entry"].partition("#")[2], "name": one["name"]} for one in found], after


def planned(kind: str, user_id: str, position: Position | None) -> Page:
    """Drafts or scheduled tweets, oldest first."""
    found, after = _own(PlannedTweet.Meta.table_name, user_id, f"{kind}#", position)
    return [
        {
            "id": one["entry"].partition("#")[2],
            "status": one["status"],
            "tweet": json.loads(one["body"]),
            **({"scheduled_at": iso(one["due_at"])} if "due_at" in one else {}),
        }
        for one in found
    ], after


def media(user_id: str, position: Position | None) -> Page:
    """Uploads with the addresses of what became of them; the files are where these lead."""
    table = Media.Meta.table_name
    answer = sdk.client("dynamodb").query(
        TableName=table,
        IndexName=BY_OWNER,
        KeyConditionExpression="owner_id = :user AND id > :after",
        ExpressionAttributeValues=dynamo.encode_item(
            {":user": user_id, ":after": position["after"] if position else "0"}
        ),
        Limit=_PAGE,
    )
    ids = [dynamo.decode_item(raw)["id"] for raw in answer["Items"]]
    found = dynamo.batch_get({table: [{"id": one} for one in ids]})[table] if ids else []
    shown = [
        {
            **media_object.present({**one, "type": one["kind"]}, frozenset(MEDIA_FIELDS)),
            "created_at": iso(time_ms(one["id"])),
        }
        for one in sorted(found, key=lambda one: int(one["id"]))
        # Subtitles have no files of their own; they stand with the video that took them.
        if one["state"] == "succeeded" and one["kind"] != "subtitles"
    ]
    return shown, {"after": ids[-1]} if "LastEvaluatedKey" in answer else None


def _own(
    table: str, user_id: str, prefix: str, position: Position | None
) -> tuple[list[Item], Position | None]:
    """A page of somebody's items whose range key begins like this."""
    query: Item = {
        "TableName": table,
        "KeyConditionExpression": "user_id = :user AND begins_with(entry, :prefix)",
        "ExpressionAttributeValues": dynamo.encode_item({":user": user_id, ":prefix": prefix}),
        "Limit": _PAGE,
    }
    if position:
        query["ExclusiveStartKey"] = dynamo.encode_item({"user_id": user_id, **position})
    answer = sdk.client("dynamodb").query(**query)
    last = answer.get("LastEvaluatedKey")
    found = [dynamo.decode_item(raw) for raw in answer["Items"]]
    return found, {"entry": last["entry"]["S"]} if last else None


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
walk = exporting.walk("tweets", SECTIONS)

_LIST_FIELDS = ("name", "description", "private")


def _tweet(item: Item) -> Item:
    shown = {name: value for name, value in item.items() if name not in _INTERNAL}
    if "entities" in shown:
        shown["entities"] = visibility.entities(item)
    if "media" in shown:
        shown["media"] = media_object.of_tweet(item)
    return {**shown, "created_at": iso(time_ms(item["id"]))}


def _list_ids(
    role: str, user_id: str, position: Position | None, limit: int
) -> tuple[list[str], Position | None]:
    oldest = position["above"] + 1 if position else 1
    found = positions(
        LISTS, BY_USER, "user_key", f"{role}#{user_id}", oldest, MAX_ID, limit,
        ascending=True,
    )  # fmt: skip
    after = {"above": int(found[-1]["position"])} if len(found) == limit else None
    return [one["list_id"] for one in found], after
