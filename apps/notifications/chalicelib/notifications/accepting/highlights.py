"""Notify only the followers most engaged with a celebrity author.

Watchers and mentioned users hear of every tweet. Of all other followers the best K by
``ln(1 + affinity) + 0.5 ** (idle days / 7)`` hear of one tweet per day. Affinity is read
where it is kept already, in the author's own inbox: users who liked, answered, quoted or
retweeted, in its newest entries. An engagement counts half after two weeks. So the reads are
bounded whatever the number of followers: one Query of the newest entries, two BatchGetItems of
a hundred keys, and one of the preferences of the K.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from chalicelib.notifications.accepting.audience import cards_and_relations, may_get
from chalicelib.notifications.core.content import Content
from chalicelib.notifications.core.models import IDEMPOTENCY
from chalicelib.notifications.history import notifications
from chalicelib.notifications.inbox import entries
from chalicelib.notifications.planning.social import routed

from shared.aws.dynamo import Item, Key
from shared.base.clock import now_ms, now_seconds
from shared.base.config import settings
from shared.base.ids import time_ms
from shared.base.process import Cache, process
from shared.contracts import profiles

# Of presence, and of an engagement.
HALF_LIFE_DAYS = 7
AFFINITY_HALF_LIFE_DAYS = 14
_ENGAGEMENTS = frozenset({"like", "reply", "quote", "retweet", "mention"})
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class HighlightLimits:
    """Bounds of one highlighted tweet.

    Attributes:
        notified: followers who are notified (K).
        candidates: followers whose cards and relations are read; with the author's card
            they are two BatchGetItems of at most a hundred keys.
        idle_days: whoever was not there for longer is not called back by a tweet.
        inbox_entries: entries of the author's inbox that are read: below 100 KB, some
            twelve read units.
    """

    notified: int = 20
    candidates: int = 42
    idle_days: int = 14
    inbox_entries: int = 500


_follower_counts: Cache[str, int] = process.cache(50_000, seconds=60)


def score(affinity: float, idle_days: float) -> float:
    """Return a follower's rank: engagement first, then recent presence."""
    return math.log(1 + affinity) + 0.5 ** (idle_days / HALF_LIFE_DAYS)


def notify_engaged(
    author_id: str, tweet_id: str, notified: Iterable[str], content: Callable[[str], Content]
) -> None:
    """Notify the most engaged followers of a celebrity; may be repeated.

    Args:
        notified: users who hear of the tweet for another reason.
        content: makes the notification for a user.
    """
    if not _is_celebrity(author_id):
        return
    chosen = _chosen_before(author_id, tweet_id)
    if chosen is None:
        affinity = _affinity(author_id)
        for user_id in notified:
            affinity.pop(user_id, None)
        best = _best(affinity, content)
        chosen = choose(author_id, tweet_id, best) if best else []
    for one in routed([content(user_id) for user_id in chosen]):
        notifications.create(one)


def choose(author_id: str, tweet_id: str, user_ids: list[str]) -> list[str]:
    """Make this the author's tweet of the day unless it has one (1 update).

    Returns:
        the users to notify: none if another tweet was first; if the same tweet comes again,
        those who were chosen the first time.
    """
    stored = IDEMPOTENCY.update(
        _day_key(author_id, tweet_id),
        "SET #tweet_id = if_not_exists(#tweet_id, :tweet),"
        " #user_ids = if_not_exists(#user_ids, :users), #expires_at = :end",
        {"tweet": tweet_id, "users": user_ids, "end": now_seconds() + 2 * _DAY_SECONDS},
        returning="ALL_NEW",
    )
    return _chosen_for(stored.item or {}, tweet_id)


def chosen_for(author_id: str, tweet_id: str) -> list[str]:
    """Return users notified of a tweet of the day (0.5 read units)."""
    return _chosen_before(author_id, tweet_id) or []


def _is_celebrity(author_id: str) -> bool:
    """True for very many followers (0.5 read units per minute and author)."""
    followers = _follower_counts.get(author_id)
    if followers is None:
        found = profiles.counts([author_id]).get(author_id, {})
        followers = _follower_counts.put(author_id, found.get("followers", 0))
    return followers >= settings().celebrity_followers


def decayed(engagements: Iterable[tuple[str, int]], now: int) -> dict[str, float]:
    """Return the affinity of each user: engagements that decay with age.

    Args:
        engagements: users and moments (Unix ms).
        now: Unix ms.
    """
    found: defaultdict[str, float] = defaultdict(float)
    for user_id, at in engagements:
        days = max(0, now - at) / 1000 / _DAY_SECONDS
        found[user_id] += 0.5 ** (days / AFFINITY_HALF_LIFE_DAYS)
    return found


def _affinity(author_id: str) -> dict[str, float]:
    """Affinity of the users who engaged with an author lately (1 Query)."""
    newest = entries.page(author_id, None, process.limits(HighlightLimits).inbox_entries)
    engaged = (one for one in newest if one.get("type") in _ENGAGEMENTS)
    return decayed(((one["actor_id"], one["created_at"]) for one in engaged), now_ms())


def _best(affinity: Mapping[str, float], content: Callable[[str], Content]) -> list[str]:
    limits = process.limits(HighlightLimits)
    closest = heapq.nlargest(limits.candidates, affinity, key=affinity.__getitem__)
    candidates = [content(user_id) for user_id in closest]
    if not candidates:
        return []
    cards, relations = cards_and_relations(candidates)
    today = now_seconds() // _DAY_SECONDS
    scored = []
    for one in candidates:
        card, relation = cards.get(one.user_id), relations.get((one.user_id, one.actor_id or ""))
        if card is None or not card.active or relation is None or not relation.following:
            continue
        # Watchers are notified as watchers, and ``False`` means no notifications at all.
        if relation.notify is not None or not may_get(one, cards, relations):
            continue
        idle = today - card.active_day
        if idle <= limits.idle_days:
            scored.append((score(affinity[one.user_id], idle), one.user_id))
    scored.sort(key=lambda pair: -pair[0])
    return [user_id for _, user_id in scored[: limits.notified]]


def _day_key(author_id: str, tweet_id: str) -> Key:
    return {"key": f"highlight#{author_id}#{time_ms(tweet_id) // 1000 // _DAY_SECONDS}"}


def _chosen_for(item: Item, tweet_id: str) -> list[str]:
    """Users chosen for the tweet of the day, if it is this one."""
    chosen: list[str] = item["user_ids"] if item["tweet_id"] == tweet_id else []
    return chosen


def _chosen_before(author_id: str, tweet_id: str) -> list[str] | None:
    """Users chosen before; ``None`` if the day has no tweet (0.5 read units)."""
    item = IDEMPOTENCY.get(_day_key(author_id, tweet_id))
    return None if item is None else _chosen_for(item, tweet_id)
