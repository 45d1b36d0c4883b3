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

from cachetools import TTLCache
from chalicelib.notifications import inbox_store, names, notification_store
from chalicelib.notifications.accept import people, welcome
from chalicelib.notifications.models import Content

from shared import aws, profiles
from shared.clock import now_seconds
from shared.config import settings
from shared.dynamo import decode_item, encode_item
from shared.ids import time_ms

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
    affinity = _affinity(author_id)
    for user_id in told:
        affinity.pop(user_id, None)
    chosen = _best(affinity, content)
    if chosen and _first_today(author_id, tweet_id):
        for one in chosen:
            notification_store.create(one)


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
    entries = inbox_store.page(author_id, None, READ)
    return Counter(one["actor_id"] for one in entries if one["type"] in _ENGAGEMENTS)


def _best(affinity: Counter[str], content: Callable[[str], Content]) -> list[Content]:
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
        scored.append((score(affinity[one.user_id], today - card.active_day), one))
    scored.sort(key=lambda pair: -pair[0])
    return [one for _, one in scored[:K]]


def _first_today(author_id: str, tweet_id: str) -> bool:
    """Whether this is the tweet of the day: the first that finds anybody (one update)."""
    day = time_ms(tweet_id) // 1000 // _DAY_SECONDS
    answer = aws.client("dynamodb").update_item(
        TableName=names.table("idempotency"),
        Key=encode_item({"key": f"highlight#{author_id}#{day}"}),
        UpdateExpression="SET tweet_id = if_not_exists(tweet_id, :tweet), expires_at = :end",
        ExpressionAttributeValues=encode_item(
            {":tweet": tweet_id, ":end": now_seconds() + 2 * _DAY_SECONDS}
        ),
        ReturnValues="ALL_NEW",
    )
    return bool(decode_item(answer["Attributes"])["tweet_id"] == tweet_id)
