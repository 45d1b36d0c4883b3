"""Index of users by words of their names, built from the stream.

There is one entry per word under the word's first letters: ``entry`` is
``<folded word>#<user id>``. The item ``user#<user id>`` keeps the indexed words and
the profile version they come from, so that a late or repeated record changes
nothing, and a new name removes the words of the old one.

Entries also have what ranks users: whether they are verified, and their ``reach``, a
logarithm of the number of followers. It is written when that doubles, not with each follower.
"""

import zlib
from typing import Any

from chalicelib.users.core.folding import words
from chalicelib.users.core.models import COUNTERS, SEARCH_ENTRIES
from chalicelib.users.profiles import popular

from shared.aws import dynamo
from shared.aws.dynamo import Item, TransactionCanceled
from shared.aws.streams import Change, changes
from shared.aws.table import Action
from shared.base.observability import logger
from shared.base.process import Cache, process

PREFIX_LENGTH = 2
_STATE = "words"
# Accounts with fewer followers are alike, so their entries are never rewritten.
_LEAST_FOLLOWERS = 8
# One of so many new or lost followers makes the worker look at the count.
_SAMPLE = 8

# Reach as this process wrote or read it last.
_known: Cache[str, int] = process.cache(20_000, seconds=3600)


def index_changes(stream_event: Any) -> None:
    """Bring the index up to date with a batch of the users table's stream."""
    for change in changes(stream_event):
        index_change(change)


def index_change(change: Change) -> None:
    """Bring the index up to date with one change.

    No call if names and badge stay.

    Raises:
        TransactionCanceled: another worker indexed the same user; try again.
    """
    new = change.new or {"id": change.keys["id"], "username": ""}
    if change.old is not None and change.new is not None and _facts(change.old) == _facts(new):
        return
    user_id = new["id"]
    if change.new is None or new.get("status") == "deleted":
        # Of a full list only some of the lost followers are looked at.
        popular.forget(user_id)
    state = _state(user_id)
    version = new.get("version")
    if state is not None and version is not None and state["version"] >= version:
        return
    if version is None and state is None:
        return
    dynamo.transact(_actions(new, state, version))
    _known.pop(user_id)


def note_follows(stream_event: Any) -> None:
    """Bring the reach of users up to date with a batch of the follows stream.

    Calls: one BatchGetItem if the sample has hit anybody, or the list of popular users has
    room; and those of `note_followers` and `popular.note`.
    """
    pairs = [
        (change.keys["user_id"], change.keys["target_id"])
        for change in changes(stream_event)
        if change.became("following", True) or change.became("following", False)
    ]
    sampled = {target for user, target in pairs if zlib.crc32(user.encode()) % _SAMPLE == 0}
    counted = {target for _, target in pairs} if pairs and popular.has_room() else sampled
    if not counted:
        return
    found = COUNTERS.get_many({"id": user_id} for user_id in sorted(counted))
    followers = {item["id"]: item.get("followers", 0) for item in found}
    for user_id in sampled & followers.keys():
        note_followers(user_id, followers[user_id])
    popular.note(followers)


def restore_reach(user_id: str, followers: int) -> None:
    """Write a user's reach whatever the process knows; see `note_followers`."""
    _known.pop(user_id)
    note_followers(user_id, followers)


def note_followers(user_id: str, followers: int) -> None:
    """Write a user's reach into the index, if followers changed it.

    Again or late is harmless: the next number corrects it. A reach grows with the number,
    and shrinks only when that is a quarter below the bound, so that one follower who comes
    and goes costs nothing.

    Calls: none if the process knows the reach; else one GetItem, and one transaction if
    it has changed.
    """
    known = _known.get(user_id)
    if known is not None and _settled(known, followers):
        return
    state = _state(user_id)
    if state is None:
        return
    held = state.get("reach", 0)
    if _settled(held, followers):
        _known.put(user_id, held)
        return
    wanted = reach(followers)
    condition, seen = _as_read(state)
    actions = [
        SEARCH_ENTRIES.update_action(
            _state_key(user_id), "SET #reach = :wanted", {"wanted": wanted, **seen}, condition
        )
    ]
    actions += [
        SEARCH_ENTRIES.update_action(
            _key(word, user_id), "SET #reach = :wanted", {"wanted": wanted}
        )
        for word in sorted(state["words"].split())
    ]
    try:
        dynamo.transact(actions)
    except TransactionCanceled:
        # Another worker writes the same user; the next follower looks again.
        logger().info("reach not written", user_id=user_id)
        return
    _known.put(user_id, wanted)


def reach(followers: int) -> int:
    """Return the logarithm by which users are ranked; 0 below eight followers."""
    return (max(0, followers) // _LEAST_FOLLOWERS).bit_length()


def _settled(held: int, followers: int) -> bool:
    """True if a reach needs no change."""
    if reach(followers) >= held:
        return reach(followers) == held
    return followers * 4 >= 3 * (_LEAST_FOLLOWERS << held - 1)


def prefix(word: str) -> str:
    """Hash key of a word's entries."""
    return word[:PREFIX_LENGTH]


def _actions(new: Item, state: Item | None, version: int | None) -> list[Action]:
    """Return actions that index a user's names and remove old words.

    Args:
        state: the item of the words indexed so far.
        version: version of the profile; ``None`` once it is deleted.
    """
    user_id = new["id"]
    username, named, verified = _facts(new)
    indexed = set(state["words"].split()) if state else set()
    spelled = " ".join(sorted(named))
    condition, seen = _as_read(state) if state else ("attribute_not_exists(#version)", {})
    key = _state_key(user_id)
    ranks = {"reach": state.get("reach") if state else None}
    row = {"user_id": user_id, "username": username, "words": spelled, **ranks}
    row |= {"verified": verified or None}
    return [
        SEARCH_ENTRIES.delete_action(key, condition, seen)
        if version is None
        else SEARCH_ENTRIES.put_action(
            {**key, "version": version, "words": spelled, **ranks}, condition, seen
        ),
        *(SEARCH_ENTRIES.put_action({**_key(word, user_id), **row}) for word in sorted(named)),
        *(SEARCH_ENTRIES.delete_action(_key(word, user_id)) for word in sorted(indexed - named)),
    ]


def _as_read(state: Item) -> tuple[str, Item]:
    """Return the condition that a state is as it was read, and its values."""
    values = {"seen": state["version"], "reached": state.get("reach")}
    unchanged = "attribute_not_exists(#reach)" if values["reached"] is None else "#reach = :reached"
    return f"#version = :seen AND {unchanged}", values


def _facts(item: Item) -> tuple[str, frozenset[str], bool]:
    """Return username, indexed words and badge; nothing of a deleted profile."""
    if not item.get("username") or item.get("status") == "deleted":
        return "", frozenset(), False
    named = frozenset(words(item["username"], item.get("name", "")))
    return item["username"], named, bool(item.get("verified"))


def _state(user_id: str) -> Item | None:
    return SEARCH_ENTRIES.get(_state_key(user_id), consistent=True)


def _state_key(user_id: str) -> Item:
    return {"prefix": f"user#{user_id}", "entry": _STATE}


def _key(word: str, user_id: str) -> Item:
    return {"prefix": prefix(word), "entry": f"{word}#{user_id}"}
