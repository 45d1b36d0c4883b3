"""Folders of bookmarks: a bookmark is in one folder or in none.

The bookmark names its folder, and an entry under the folder lists it. An entry counts
only while the bookmark names the same folder, so entries that a crash or the deletion
of a folder leaves behind are never shown.
"""

from chalicelib.tweets.core.models import ENGAGEMENTS, FOLDERS
from chalicelib.tweets.engagement import engagements
from chalicelib.tweets.engagement import items as engagement_items
from chalicelib.tweets.pipeline import lookup

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.base.errors import Problem, forbidden, not_found
from shared.base.ids import MAX_ID, new_id
from shared.base.pagination import decode_position, encode_token

MAX_FOLDERS = 100
_FOLDER, _ENTRY = "folder#", "tweet#"


def create(user_id: str, name: str) -> Item:
    """Create a folder (one Query, one put).

    Returns:
        ``id`` and ``name``.

    Raises:
        Problem: 403 when the user has too many folders.
    """
    condition = "#user_id = :user AND begins_with(#entry, :folder)"
    if FOLDERS.count(condition, {"user": user_id, "folder": _FOLDER}) >= MAX_FOLDERS:
        raise forbidden(f"You can have at most {MAX_FOLDERS} folders.")
    folder_id = new_id()
    FOLDERS.put({**_folder_key(user_id, folder_id), "name": name})
    return {"id": folder_id, "name": name}


def rename(user_id: str, folder_id: str, name: str) -> Item:
    """Rename a folder.

    Raises:
        Problem: 404 when there is no such folder.
    """
    key = _folder_key(user_id, folder_id)
    if not FOLDERS.update(key, "SET #name = :name", {"name": name}, "attribute_exists(#entry)"):
        raise _missing(folder_id)
    return {"id": folder_id, "name": name}


def delete(user_id: str, folder_id: str) -> Item:
    """Delete a folder; its tweets stay bookmarked.

    Raises:
        Problem: 404 when there is no such folder.
    """
    if not FOLDERS.delete(_folder_key(user_id, folder_id), "attribute_exists(#entry)"):
        raise _missing(folder_id)
    return {"deleted": True}


def list_folders(user_id: str, query: Item) -> Item:
    """Return a page of folders, newest first (one Query)."""
    found, token = _page(user_id, _FOLDER, f"folders:{user_id}", query)
    folders = [{"id": one["entry"].removeprefix(_FOLDER), "name": one["name"]} for one in found]
    return _body(folders, token)


def list_bookmarks(user_id: str, folder_id: str, query: Item) -> Item:
    """Return a page of ids of the tweets in a folder, newest tweet first.

    Tweets that the user may no longer see are left out.

    Raises:
        Problem: 404 when there is no such folder.
    """
    prefix = f"{_ENTRY}{folder_id}#"
    found, token = _page(user_id, prefix, f"folder:{user_id}:{folder_id}", query)
    ids = [str(int(one["entry"][len(prefix) :])) for one in found]
    keys = {FOLDERS.name: [_folder_key(user_id, folder_id)]}
    if ids:
        keys[ENGAGEMENTS.name] = [engagement_items.key(user_id, one, "bookmark") for one in ids]
    read = dynamo.batch_get(keys, recheck_missing={FOLDERS.name})
    if not read[FOLDERS.name]:
        raise _missing(folder_id)
    in_folder = {
        one["tweet_id"]
        for one in read.get(ENGAGEMENTS.name, ())
        if one["active"] and one.get("folder_id") == folder_id
    }
    seen = lookup.visible_ids(user_id, [one for one in ids if one in in_folder])
    return _body([{"id": one} for one in ids if one in seen], token)


def bookmark(user_id: str, tweet_id: str, folder_id: str) -> Item:
    """Bookmark a tweet and put it into a folder, out of the one it was in.

    Calls: reads of the tweet and of its bookmark, and one transaction.

    Raises:
        Problem: 404 when the caller cannot see the tweet or has no such folder.
    """
    tweet = engagements.target(user_id, tweet_id)
    begun = engagement_items.begin(user_id, tweet, "bookmark", folder_id=folder_id)
    before = ENGAGEMENTS.get_many([begun.key], consistent=True)
    former = before[0].get("folder_id") if before else None
    actions = [
        FOLDERS.check_action(_folder_key(user_id, folder_id), "attribute_exists(#entry)"),
        # Also a bookmark that is active moves into the folder.
        ENGAGEMENTS.update_action(*begun._replace(condition="")),
        FOLDERS.put_action(_entry_key(user_id, folder_id, tweet["id"])),
    ]
    if former and former != folder_id:
        actions.append(FOLDERS.delete_action(_entry_key(user_id, former, tweet["id"])))
    try:
        dynamo.transact(actions, conflict_attempts=dynamo.CONFLICT_ATTEMPTS)
    except dynamo.TransactionCanceled as canceled:
        if not canceled.failed(0):
            raise
        raise _missing(folder_id) from canceled
    return {"bookmarked": True}


def _folder_key(user_id: str, folder_id: str) -> Item:
    return {"user_id": user_id, "entry": _FOLDER + folder_id}


def _entry_key(user_id: str, folder_id: str, tweet_id: str) -> Item:
    """Key of the entry that lists a tweet in a folder: the whole item."""
    return {"user_id": user_id, "entry": f"{_ENTRY}{folder_id}#{int(tweet_id):019d}"}


def _page(user_id: str, prefix: str, context: str, query: Item) -> tuple[list[Item], str | None]:
    """Return entries of a prefix, the highest id first, and a page token."""
    position = decode_position(context, query.get("pagination_token"), below=int)
    newest, size = (position["below"] if position else MAX_ID + 1) - 1, query["max_results"]
    if newest < 0:
        return [], None
    items = FOLDERS.page(
        "#user_id = :user AND #entry BETWEEN :oldest AND :newest",
        {"user": user_id, "oldest": prefix, "newest": f"{prefix}{newest:019d}"},
        descending=True,
        limit=size + 1,
    ).items
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


def _missing(folder_id: str) -> Problem:
    return not_found("bookmark_folder", folder_id, "folder_id")
