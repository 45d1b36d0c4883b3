"""Growth of large accounts' shards (`shared.contracts.follower_shards`)."""

import zlib
from dataclasses import dataclass
from typing import Any

from chalicelib.users.core.models import COUNTERS, FOLLOWS, USERS

from shared.aws import dynamo
from shared.aws.streams import changes
from shared.base.clock import now_ms
from shared.base.process import process
from shared.contracts import follower_shards
from shared.contracts.follower_shards import ShardLimits


@dataclass(frozen=True)
class GrowthLimits:
    """Bounds of the growth of shards.

    Attributes:
        sample: one of this many new followers makes the worker read the follower count,
            so that small accounts cost nothing.
    """

    sample: int = 250


def grow_shards(stream_event: Any) -> None:
    """Check accounts that gained followers in a batch of the stream."""
    sample = process.limits(GrowthLimits).sample
    grown = {
        change.keys["target_id"]
        for change in changes(stream_event)
        if change.became("following", True)
        and zlib.crc32(change.keys["user_id"].encode()) % sample == 0
    }
    if grown:
        _grow(sorted(grown))


def _grow(user_ids: list[str]) -> None:
    keys = [{"id": user_id} for user_id in user_ids]
    found = dynamo.batch_get({USERS.name: keys, COUNTERS.name: keys}, consistent=True)
    followers = {item["id"]: item.get("followers", 0) for item in found[COUNTERS.name]}
    now = now_ms()
    for user in found[USERS.name]:
        shards = user.get("follower_shards", 1)
        settled = now >= user.get("follower_shards_from", 0)
        if settled and follower_shards.too_few(shards, followers.get(user["id"], 0)):
            _double(user["id"], shards, now)


def _double(user_id: str, shards: int, now: int) -> None:
    """Double the shards: tell readers first, then writers.

    The profile keeps its version, so no event follows.
    """
    FOLLOWS.batch_write(puts=[follower_shards.marker(user_id, shards * 2)])
    settled_at = now + process.limits(ShardLimits).settle_ms
    # Refused if another worker was faster, or the account is gone.
    USERS.update(
        {"id": user_id},
        "SET #follower_shards = :more, #follower_shards_from = :at",
        {"more": shards * 2, "at": settled_at, "had": shards},
        "attribute_exists(#id) AND (attribute_not_exists(#follower_shards)"
        " OR #follower_shards = :had)",
    )
