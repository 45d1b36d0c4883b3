"""Folders of bookmarks: a bookmark is in one of them, or in none.

The bookmark itself names its folder; an entry beside the folder lists it. An
entry counts only while the bookmark says the same, so what a crash or the end
of a folder leaves behind is never shown.
"""

from typing import Any

from chalicelib.tweets.core.models import BookmarkFolder, Engagement
from chalicelib.tweets.engagement import engagements
from chalicelib.tweets.engagement.engagements import entry_key
from chalicelib.tweets.pipeline import lookup
from pynamodb.exceptions import DeleteError, UpdateError

from shared.aws import dynamo, sdk
from shared.base.clock import now_ms
from shared.base.errors import forbidden, not_found
from shared.base.ids import MAX_ID, new_id
from shared.base.pagination import decode_position, encode_token

Item = dict[str, Any]

MAX_FOLDERS = 100
_FOLDER, _ENTRY = "folder#", "tweet#"


def create(user_id: str, name: str) -> Item:
    """Make a folder (one Query, one put).

    Raises:
        Problem: 403 for one folder too many.
    """
    own = BookmarkFolder.count(user_id, BookmarkFolder.entry.startswith(_FOLDER), limit=MAX_FOLDERS)
    if own >= MAX_FOLDERS:
        raise forbidden(f"There can be {MAX_FOLDERS} folders.")
    folder_id = new_id()
    BookmarkFolder(user_id, _FOLDER + folder_id, name=name).save()
    return {"id": folder_id, "name": name}


def rename(user_id: str, folder_id: str, name: str) -> Item:
    """Give a folder another name.

    Raises:
        Problem: 404 when there is no such folder.
    """
    folder = BookmarkFolder(user_id, _FOLDER + folder_id)
    try:
        folder.update([BookmarkFolder.name.set(name)], condition=BookmarkFolder.entry.exists())
    except UpdateError as error:
        engagements.tolerate_condition(error)
        raise _missing(folder_id) from error
    return {"id": folder_id, "name": name}


def delete(user_id: str, folder_id: str) -> Item:
    """Remove a folder; what was in it stays bookmarked.

    Raises:
        Problem: 404 when there is no such folder.
    """
    try:
        BookmarkFolder(user_id, _FOLDER + folder_id).delete(condition=BookmarkFolder.entry.exists())
    except DeleteError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise _missing(folder_id) from error
    return {"deleted": True}


def listed(user_id: str, query: Item) -> Item:
    """A page of folders, newest first (one Query)."""
    context = f"folders:{user_id}"
    found, token = _page(user_id, _FOLDER, context, query)
    return _body(
        [{"id": one["entry"][len(_FOLDER) :], "name": one["name"]} for one in found], token
    )


def bookmarks_in(user_id: str, folder_id: str, query: Item) -> Item:
    """Ids of the tweets in a folder, newest tweet first: those that the user may still see.

    Raises:
        Problem: 404 when there is no such folder.
    """
    prefix = f"{_ENTRY}{folder_id}#"
    folders, kept = BookmarkFolder.Meta.table_name, Engagement.Meta.table_name
    key = {"user_id": user_id, "entry": _FOLDER + folder_id}
    found, token = _page(user_id, prefix, f"folder:{user_id}:{folder_id}", query)
    ids = [str(int(one["entry"][len(prefix) :])) for one in found]
    marks = [{"user_id": user_id, "entry": entry_key(one, "bookmark")} for one in ids]
    read = dynamo.batch_get({folders: [key], **({kept: marks} if marks else {})}, sure={folders})
    if not read[folders]:
        raise _missing(folder_id)
    held = {
        one["tweet_id"]
        for one in read.get(kept, ())
        if one["active"] and one.get("folder_id") == folder_id
    }
    seen = lookup.visible_ids(user_id, [one for one in ids if one in held])
    return _body([{"id": one} for one in ids if one in seen], token)


def bookmark(user_id: str, tweet_id: str, folder_id: str) -> Item:
    """Bookmark a tweet and put it into a folder, out of the one where it was.

    Calls: the tweet and the bookmark as it is, and one transaction.

    Raises:
        Problem: 404 when the tweet or the folder is not there for the caller.
    """
    tweet = engagements.target(user_id, tweet_id)
    mark = {"user_id": user_id, "entry": entry_key(tweet["id"], "bookmark")}
    table, kept = BookmarkFolder.Meta.table_name, Engagement.Meta.table_name
    before = dynamo.batch_get({kept: [mark]}, consistent=True)[kept]
    former = before[0].get("folder_id") if before else None
    values = {
        ":true": True,
        ":kind": "bookmark",
        ":tweet": tweet["id"],
        ":author": tweet["author_id"],
        ":folder": folder_id,
        ":now": now_ms(),
        ":one": 1,
    }
    actions: list[Item] = [
        {
            "ConditionCheck": {
                "TableName": table,
                "Key": dynamo.encode_item({"user_id": user_id, "entry": _FOLDER + folder_id}),
                "ConditionExpression": "attribute_exists(entry)",
            }
        },
        {
            "Update": {
                "TableName": kept,
                "Key": dynamo.encode_item(mark),
                "UpdateExpression": (
                    "SET active = :true, kind = :kind, tweet_id = :tweet, author_id = :author, "
                    "folder_id = :folder, updated_at = :now ADD version :one"
                ),
                "ExpressionAttributeValues": dynamo.encode_item(values),
            }
        },
        dynamo.put(table, _entry(user_id, folder_id, tweet["id"])),
    ]
    if former and former != folder_id:
        old = dynamo.encode_item(_entry(user_id, former, tweet["id"]))
        actions.append({"Delete": {"TableName": table, "Key": old}})
    try:
        dynamo.transact(actions, conflict_attempts=dynamo.PATIENT)
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        raise _missing(folder_id) from canceled
    return {"bookmarked": True}


def _entry(user_id: str, folder_id: str, tweet_id: str) -> Item:
    return {"user_id": user_id, "entry": f"{_ENTRY}{folder_id}#{int(tweet_id):019d}"}


def _page(user_id: str, prefix: str, context: str, query: Item) -> tuple[list[Item], str | None]:
    """Entries of a prefix that end in an id, the highest first, and the token for the rest."""
    position = decode_position(context, query.get("pagination_token"), below=int)
    newest, size = (position["below"] if position else MAX_ID + 1) - 1, query["max_results"]
    if newest < 0:
        return [], None
    answer = sdk.client("dynamodb").query(
        TableName=BookmarkFolder.Meta.table_name,
        KeyConditionExpression="user_id = :user AND entry BETWEEN :oldest AND :newest",
        ExpressionAttributeValues=dynamo.encode_item(
            {":user": user_id, ":oldest": prefix, ":newest": f"{prefix}{newest:019d}"}
        ),
        ScanIndexForward=False,
        Limit=size + 1,
    )
    items = [dynamo.decode_item(raw) for raw in answer["Items"]]
    if len(items) <= size:
        return items, None
    last = int(items[size - 1]["entry"].rpartition("#")[2])
    return items[:size], encode_token(context, {"below": last})


def _body(data: list[Item], token: str | None) -> Item:
    body: Item = {"data": data} if data else {}
    body["meta"] = {"result_count": len(data)}
    if token:
        body["meta"]["next_token"] = token
    return body


def _missing(folder_id: str) -> Exception:
    return not_found("bookmark_folder", folder_id, "folder_id")
