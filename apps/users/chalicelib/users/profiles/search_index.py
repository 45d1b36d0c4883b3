"""The index of users by the words of their names, built from the users table's stream.

An entry a word, under the word's first letters: ``entry`` is
``<folded word>#<user id>``. Beside them ``user#<user id>`` keeps which words
are entered and from which version of the profile, so that a record that
comes twice or late changes nothing and a new name takes the old one's words out.
"""

from typing import Any

from chalicelib.users.core import actions
from chalicelib.users.core.folding import words
from chalicelib.users.core.models import SearchEntry

from shared.aws import dynamo, sdk
from shared.aws.streams import Change, changes

Item = dict[str, Any]

PREFIX_LENGTH = 2
_STATE = "words"


def index_changes(stream_event: Any) -> None:
    """Bring the index up to date with a batch of the users table's stream."""
    for change in changes(stream_event):
        index_change(change)


def index_change(change: Change) -> None:
    """Bring the index up to date with one change of a profile (no call when names stay).

    Raises:
        TransactionCanceled: somebody else indexed the same user: try again.
    """
    new = change.new or {"id": change.keys["id"], "username": ""}
    if change.old is not None and change.new is not None and _shown(change.old) == _shown(new):
        return
    user_id = new["id"]
    state = _state(user_id)
    version = new.get("version")
    if state is not None and version is not None and state["version"] >= version:
        return
    if version is None and state is None:
        return
    _enter(user_id, new["username"], _shown(new)[1], state, version)


def prefix(word: str) -> str:
    """The hash key of a word."""
    return word[:PREFIX_LENGTH]


def _enter(
    user_id: str, username: str, names: frozenset[str], state: Item | None, version: int | None
) -> None:
    table = SearchEntry.Meta.table_name
    entered = set(state["words"].split()) if state else set()
    spelled = " ".join(sorted(names))
    key = _state_key(user_id)
    condition, seen = "attribute_not_exists(#version)", {}
    if state is not None:
        condition, seen = "#version = :seen", {"seen": state["version"]}
    row = {"user_id": user_id, "username": username, "words": spelled}
    dynamo.transact(
        [
            actions.delete(table, key, seen, condition)
            if version is None
            else actions.put(table, {**key, "version": version, "words": spelled}, seen, condition),
            *(dynamo.put(table, {**_key(word, user_id), **row}) for word in sorted(names)),
            *(actions.delete(table, _key(word, user_id), {}) for word in sorted(entered - names)),
        ]
    )


def _shown(item: Item) -> tuple[str, frozenset[str]]:
    """What the index holds of a profile; nothing of a deleted one."""
    if not item.get("username") or item.get("status") == "deleted":
        return "", frozenset()
    return item["username"], frozenset(words(item["username"], item.get("name", "")))


def _state(user_id: str) -> Item | None:
    answer = sdk.client("dynamodb").get_item(
        TableName=SearchEntry.Meta.table_name,
        Key=dynamo.encode_item(_state_key(user_id)),
        ConsistentRead=True,
    )
    return dynamo.decode_item(answer["Item"]) if "Item" in answer else None


def _state_key(user_id: str) -> Item:
    return {"prefix": f"user#{user_id}", "entry": _STATE}


def _key(word: str, user_id: str) -> Item:
    return {"prefix": prefix(word), "entry": f"{word}#{user_id}"}
