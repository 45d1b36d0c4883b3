"""A celebrity's tweet is told to the few followers who mind its author most.

Who asked to be told ('notify me') and who is mentioned hears of every tweet. Of
all others the best K by ``ln(1 + affinity) + 0.5 ** (idle days / 7)`` do, once a
day. Affinity is read where it is kept already, in the author's own inbox: who
liked, answered, quoted or repeated, how often, in its newest entries. So the
reads are bounded, whatever the number of followers: one Query of `READ` entries
and one BatchGetItem of a hundred keys.
"""

import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from cachetools import TTLCache
from chalicelib.notifications.accepting import store
from chalicelib.notifications.accepting.accept import people, welcome
from chalicelib.notifications.core import names
from chalicelib.notifications.core.models import Content
from chalicelib.notifications.delivery import inbox

from shared.aws import sdk
from shared.aws.dynamo import decode_item, encode_item
from shared.base.clock import now_seconds
from shared.base.config import settings
from shared.base.ids import time_ms
from shared.contracts import profiles

Item = dict[str, Any]

# Entries of the author's inbox: below 100 KB, some twelve read units.
READ = 500
# Each is a card and a relation; with the author's card that is one BatchGetItem.
CANDIDATES = 49
K = 20
HALF_LIFE_DAYS = 7
_ENGAGEMENTS = frozenset({"like", "reply", "quote", "retweet", "mention"})
_DAY_SECONDS = 86_400
_COUNT_SECONDS = 60.0

_counted: TTLCache[str, int] = TTLCache(50_000, _COUNT_SECONDS)
_lock = threading.Lock()


def score(affinity: int, idle_days: float) -> float:
    """How much somebody would mind missing a tweet: engagement first, then presence."""
    return math.log(1 + affinity) + 0.5 ** (idle_days / HALF_LIFE_DAYS)


def tell(
    author_id: str, tweet_id: str, told: Iterable[str], content: Callable[[str], Content]
) -> None:
    """Notify the best followers of a celebrity; may be repeated.

    Args:
        told: who hears of the tweet for another reason.
        content: the notification for somebody.
    """
    if not _celebrity(author_id):
        return
    chosen = _chosen_before(author_id, tweet_id)
    if chosen is None:
        affinity = _affinity(author_id)
        for user_id in told:
            affinity.pop(user_id, None)
        found = _best(affinity, content)
        chosen = _choose(author_id, tweet_id, found) if found else []
    for user_id in chosen:
        store.create(content(user_id))


def _celebrity(author_id: str) -> bool:
    """Whether somebody has very many followers (0.5 read units a minute and author)."""
    with _lock:
        followers = _counted.get(author_id)
    if followers is None:
        followers = profiles.counts([author_id]).get(author_id, {}).get("followers", 0)
        with _lock:
            _counted[author_id] = followers
    return followers >= settings().celebrity_followers


def _affinity(author_id: str) -> Counter[str]:
    """How often others engaged with somebody lately; whoever did so last comes first."""
    entries = inbox.page(author_id, None, READ)
    return Counter(one["actor_id"] for one in entries if one["type"] in _ENGAGEMENTS)


def _best(affinity: Counter[str], content: Callable[[str], Content]) -> list[str]:
    candidates = [content(user_id) for user_id, _ in affinity.most_common(CANDIDATES)]
    if not candidates:
        return []
    cards, relations = people(candidates)
    today = now_seconds() // _DAY_SECONDS
    scored = []
    for one in candidates:
        card, relation = cards.get(one.user_id), relations.get(one.user_id)
        if card is None or not card.active or relation is None or not relation.following:
            continue
        # Watchers are told by themselves, and who turned it off is told of nothing.
        if relation.notify is not None or not welcome(one, cards, relations):
            continue
        scored.append((score(affinity[one.user_id], today - card.active_day), one.user_id))
    scored.sort(key=lambda pair: -pair[0])
    return [user_id for _, user_id in scored[:K]]


def _day_key(author_id: str, tweet_id: str) -> str:
    return f"highlight#{author_id}#{time_ms(tweet_id) // 1000 // _DAY_SECONDS}"


def _told_by(item: Item, tweet_id: str) -> list[str]:
    """Who was chosen for the tweet of the day, if it is this one."""
    chosen: list[str] = item["user_ids"] if item["tweet_id"] == tweet_id else []
    return chosen


def _chosen_before(author_id: str, tweet_id: str) -> list[str] | None:
    """Who was chosen when the author's day had its tweet already (0.5 read units)."""
    answer = sdk.client("dynamodb").get_item(
        TableName=names.table("idempotency"),
        Key=encode_item({"key": _day_key(author_id, tweet_id)}),
    )
    return _told_by(decode_item(answer["Item"]), tweet_id) if "Item" in answer else None


def _choose(author_id: str, tweet_id: str, user_ids: list[str]) -> list[str]:
    """Make this the tweet of the day, the first that finds anybody (one update).

    Returns:
        whoever is told of it: nobody when another tweet was first, and when the same tweet
        comes again those whom it found the first time.
    """
    answer = sdk.client("dynamodb").update_item(
        TableName=names.table("idempotency"),
        Key=encode_item({"key": _day_key(author_id, tweet_id)}),
        UpdateExpression="SET tweet_id = if_not_exists(tweet_id, :tweet), "
        "user_ids = if_not_exists(user_ids, :users), expires_at = :end",
        ExpressionAttributeValues=encode_item(
            {
                ":tweet": tweet_id,
                ":users": user_ids,
                ":end": now_seconds() + 2 * _DAY_SECONDS,
            }
        ),
        ReturnValues="ALL_NEW",
    )
    return _told_by(decode_item(answer["Attributes"]), tweet_id)
