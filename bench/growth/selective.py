"""Cost of telling a celebrity's followers of a tweet: a million of them.

Only the count of followers is that large: nothing reads the others, which is what this shows.
Five hundred of them have engaged with the author lately.
"""

import random
from typing import Any

from bench import fixtures
from bench.meter import Meter
from shared.base import ids
from shared.base.clock import now_ms
from shared.contracts import profiles
from tests.platform import Platform

FOLLOWERS = 1_000_000
ENGAGED = 500
_DAY_MS = 86_400_000


def measure(platform: Platform, meter: Meter) -> dict[str, Any]:
    """Return followers, sends, calls and read units of one highlighted tweet."""
    from chalicelib.notifications.accepting import highlights, watchers

    (author,) = fixtures.people(1)
    fans = fixtures.people(ENGAGED)
    today = now_ms() // _DAY_MS
    for fan in fans:
        profiles.USERS.update({"id": fan}, "SET #active_day = :day", {"day": today})
    fixtures.follows((fan, author) for fan in fans)
    fixtures.celebrate([author], FOLLOWERS)
    _engage(author, fans)
    tweet_id = ids.new_id()
    job = {"author_id": author, "tweet_id": tweet_id, "kind": "tweet"}
    fixtures.cold()
    platform.settle()
    meter.take()
    with meter.request() as spent:
        highlights.notify_engaged(author, tweet_id, (), lambda one: watchers.notification(job, one))
    return {
        "followers": FOLLOWERS,
        "sends": len(highlights.chosen_for(author, tweet_id)),
        "calls": len(spent.calls),
        "rru": spent.rru,
    }


def _engage(author: str, fans: list[str]) -> None:
    """Fill the author's inbox with likes and answers of the last two months."""
    from chalicelib.notifications.core.caused_ids import fresh_id
    from chalicelib.notifications.core.models import INBOX

    chance, now = random.Random(fixtures.SEED), now_ms()
    entries = []
    for number in range(2 * ENGAGED):
        at = now - chance.randrange(60 * _DAY_MS)
        entry = {
            "user_id": author,
            "id": fresh_id(at),
            "type": ("like", "reply")[number % 2],
            "actor_id": fans[int(chance.paretovariate(1.2) - 1) % ENGAGED],
            "tweet_id": ids.new_id(),
            "generation": 0,
            "created_at": at,
        }
        entries.append(entry)
    INBOX.batch_write(puts=entries)
