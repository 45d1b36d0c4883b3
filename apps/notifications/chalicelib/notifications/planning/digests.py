"""Digests: one mail about what came together since the last one.

A slot holds the ids that one digest of a recipient will tell about. Adding one is a single
update of a set, so it may be repeated. When the slot is due, what was read in the inbox or
withdrawn meanwhile is left out; with nothing left, no digest is sent. The digest itself is an
ordinary notification, whose id follows from its slot.
"""

from collections.abc import Callable, Mapping, Sequence

from chalicelib.notifications.core import users
from chalicelib.notifications.core.caused_ids import digest_id, moment
from chalicelib.notifications.core.content import OUTSIDE, Content
from chalicelib.notifications.core.message import DEDUPLICATED
from chalicelib.notifications.core.planning_models import DIGESTS
from chalicelib.notifications.history import ledger, notifications, states
from chalicelib.notifications.planning import categories
from chalicelib.notifications.planning.unseen import still_unseen

from shared.aws.dynamo import Item
from shared.base.observability import logger
from shared.contracts import profiles

# Ids of one slot: a kilobyte, so that adding one takes one write unit. Later ones are in the
# inbox, and the digest says that there is more.
MAX_IDS = 25
_KEPT_SECONDS = 14 * 86_400
_LINES = 10

Wanted = Callable[[Sequence[Content]], Sequence[Content]]

_SENTENCES = {
    "like": "{} liked your post",
    "retweet": "{} reposted your post",
    "follow": "{} follows you",
    "follow_request": "{} wants to follow you",
    "reply": "{} replied to you",
    "mention": "{} mentioned you",
    "quote": "{} quoted you",
    "tweet": "{} posted",
}


def add(recipient_id: str, channel: str, due: int, notification_id: str) -> None:
    """Put a notification into the digest that is due at a moment.

    One UpdateItem of 1 WRU; may be repeated. A full slot only remembers that there was more.
    """
    key, expires_at = _key(recipient_id, channel, due), due // 1000 + _KEPT_SECONDS
    added = DIGESTS.update(
        key,
        "ADD #ids :ids SET #expires_at = :expires_at",
        {"ids": {notification_id}, "expires_at": expires_at, "max": MAX_IDS, "id": notification_id},
        "attribute_not_exists(#ids) OR contains(#ids, :id) OR size(#ids) < :max",
    )
    if not added:
        DIGESTS.update(key, "SET #more = :yes", {"yes": True})


def close(recipient_id: str, channel: str, due: int, wanted: Wanted) -> str | None:
    """Send the digest of a slot if anything in it is still unseen.

    What it tells of has the digest's delivery as its own (`history.digested`); the rest ends
    here. May be repeated. Calls: 1 GetItem of the slot and 1 of the counter, 1 BatchGetItem of
    notifications and 1 of inbox entries, 1 update per notification that is left out, 1 put, 1
    deletion; and those of ``wanted``.

    Args:
        wanted: returns those that may still be told, and records the end of the others.

    Returns:
        the id of the digest's notification, ``None`` if there was nothing to tell.
    """
    key = _key(recipient_id, channel, due)
    slot = DIGESTS.get(key, consistent=True)
    if slot is None:
        return None
    found = notifications.find_many(sorted(slot["ids"]))
    left = wanted(list(found.values()))
    unseen = still_unseen(recipient_id, left)
    told = {one.id for one in unseen}
    for one in left:
        if one.id not in told:
            ledger.record(one.id, ledger.target_key(channel), states.SUPPRESSED, DEDUPLICATED)
    made = compose(recipient_id, channel, due, unseen, more="more" in slot) if unseen else None
    if made is not None:
        notifications.create(made)
    else:
        logger().info("digest without news", channel=channel)
    # Last: a worker that dies before makes the same digest again, under the same id.
    DIGESTS.delete(key)
    return made.id if made else None


def compose(
    recipient_id: str, channel: str, due: int, contents: Sequence[Content], *, more: bool
) -> Content | None:
    """Return the notification of a digest, ``None`` if all actors are gone."""
    actors = users.cards(one.actor_id for one in contents if one.actor_id)
    lines = [line for one in contents if (line := _line(one, actors))]
    if not lines:
        return None
    left = len(lines) - _LINES
    shown = [f"• {line}" for line in lines[:_LINES]]
    if left > 0 or more:
        rest = left if left > 0 and not more else "more"
        # Outside contacts have no page of notifications.
        where = "" if recipient_id.startswith(OUTSIDE) else " in your notifications"
        shown.append(f"… and {rest}{where}.")
    count = f"{len(lines)}{'+' if more else ''}"
    return Content(
        id=digest_id(recipient_id, channel, due),
        user_id=recipient_id,
        type=categories.DIGEST_TYPE,
        category=categories.DIGEST,
        channels=(channel,),
        created_at=due,
        title=f"{count} notification{'' if count == '1' else 's'} since your last digest",
        text="\n".join(shown),
    )


def remove(recipient_id: str, until: int) -> None:
    """Delete a recipient's slots: for erasures.

    Those with news after a moment (Unix ms) stay. They are few: one per digest that is not yet due.
    """
    found = DIGESTS.page("#recipient_id = :id", {"id": recipient_id}).items
    over = [item["slot"] for item in found if all(moment(one) <= until for one in item["ids"])]
    DIGESTS.batch_write(deletes=[_pair(recipient_id, slot) for slot in over])


def slot_name(channel: str, due: int) -> str:
    """Return the name of a slot, by which slots sort: ``<channel>#<ms>``."""
    return f"{channel}#{due:013d}"


def _line(content: Content, actors: Mapping[str, profiles.UserCard]) -> str | None:
    """One line about a notification, ``None`` if its actor is gone."""
    if content.title or content.text:
        return " ".join((content.title or content.text or "").split())[:140]
    actor = actors.get(content.actor_id or "")
    sentence = _SENTENCES.get(content.type)
    if actor is None or not actor.active or sentence is None:
        return None
    return sentence.format(f"{actor.name} (@{actor.username})")


def _key(recipient_id: str, channel: str, due: int) -> Item:
    return _pair(recipient_id, slot_name(channel, due))


def _pair(recipient_id: str, slot: str) -> Item:
    return {"recipient_id": recipient_id, "slot": slot}
