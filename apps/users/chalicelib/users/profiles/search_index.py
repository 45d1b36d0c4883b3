"""Index of users by words of their names, built from the stream.

There is one entry per word under the word's first letters: ``entry`` is
``<folded word>#<user id>``. The item ``user#<user id>`` keeps the indexed words and
the profile version they come from, so that a late or repeated record changes
nothing, and a new name removes the words of the old one.
"""

from typing import Any

from chalicelib.users.core.folding import words
from chalicelib.users.core.models import SEARCH_ENTRIES

from shared.aws import dynamo
from shared.aws.dynamo import Item
from shared.aws.streams import Change, changes
from shared.aws.table import Action

PREFIX_LENGTH = 2
_STATE = "words"


def index_changes(stream_event: Any) -> None:
    """Bring the index up to date with a batch of the users table's stream."""
    for change in changes(stream_event):
        index_change(change)


def index_change(change: Change) -> None:
    """Bring the index up to date with one change (no call if names stay).

    Raises:
        TransactionCanceled: another worker indexed the same user; try again.
    """
    new = change.new or {"id": change.keys["id"], "username": ""}
    if change.old is not None and change.new is not None and _names(change.old) == _names(new):
        return
    user_id = new["id"]
    state = _state(user_id)
    version = new.get("version")
    if state is not None and version is not None and state["version"] >= version:
        return
    if version is None and state is None:
        return
    username, named = _names(new)
    dynamo.transact(_actions(user_id, username, named, state, version))


def prefix(word: str) -> str:
    """Hash key of a word's entries."""
    return word[:PREFIX_LENGTH]


def _actions(
    user_id: str, username: str, named: frozenset[str], state: Item | None, version: int | None
) -> list[Action]:
    """Actions that index the words of a user's names, and remove old ones.

    Args:
        state: the item of the words indexed so far.
        version: version of the profile; ``None`` once it is deleted.
    """
    indexed = set(state["words"].split()) if state else set()
    spelled = " ".join(sorted(named))
    condition, seen = "attribute_not_exists(#version)", {}
    if state is not None:
        condition, seen = "#version = :seen", {"seen": state["version"]}
    key = _state_key(user_id)
    row = {"user_id": user_id, "username": username, "words": spelled}
    return [
        SEARCH_ENTRIES.delete_action(key, condition, seen)
        if version is None
        else SEARCH_ENTRIES.put_action(
            {**key, "version": version, "words": spelled}, condition, seen
        ),
        *(SEARCH_ENTRIES.put_action({**_key(word, user_id), **row}) for word in sorted(named)),
        *(SEARCH_ENTRIES.delete_action(_key(word, user_id)) for word in sorted(indexed - named)),
    ]


def _names(item: Item) -> tuple[str, frozenset[str]]:
    """Username and indexed words of a profile; nothing of a deleted one."""
    if not item.get("username") or item.get("status") == "deleted":
        return "", frozenset()
    return item["username"], frozenset(words(item["username"], item.get("name", "")))


def _state(user_id: str) -> Item | None:
    return SEARCH_ENTRIES.get(_state_key(user_id), consistent=True)


def _state_key(user_id: str) -> Item:
    return {"prefix": f"user#{user_id}", "entry": _STATE}


def _key(word: str, user_id: str) -> Item:
    return {"prefix": prefix(word), "entry": f"{word}#{user_id}"}
