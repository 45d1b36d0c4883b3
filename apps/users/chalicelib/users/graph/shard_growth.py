"""Giving large accounts more shards of followers (see `shared.contracts.follower_shards`)."""

import zlib
from typing import Any

from chalicelib.users.core import actions
from chalicelib.users.core.models import Counter, Follow, User

from shared.aws import dynamo
from shared.aws.streams import changes
from shared.base.clock import now_ms
from shared.base.process import process
from shared.contracts import follower_shards
from shared.contracts.follower_shards import ShardLimits

# One new follower of so many makes the worker look at the count: it costs small accounts nothing.
SAMPLE = 250


def grow_shards(stream_event: Any) -> None:
    """Look at the accounts that a batch of the follows table's stream brought followers."""
    grown = {
        change.keys["target_id"]
        for change in changes(stream_event)
        if change.became("following", True)
        and zlib.crc32(change.keys["user_id"].encode()) % SAMPLE == 0
    }
    if grown:
        _grow(sorted(grown))


def _grow(user_ids: list[str]) -> None:
    users, counters = User.Meta.table_name, Counter.Meta.table_name
    keys = [{"id": user_id} for user_id in user_ids]
    found = dynamo.batch_get({users: keys, counters: keys}, consistent=True)
    followers = {item["id"]: item.get("followers", 0) for item in found[counters]}
    now = now_ms()
    for user in found[users]:
        shards = user.get("follower_shards", 1)
        settled = now >= user.get("follower_shards_from", 0)
        if settled and follower_shards.too_few(shards, followers.get(user["id"], 0)):
            _double(user["id"], shards, now)


def _double(user_id: str, shards: int, now: int) -> None:
    """Tell readers, then writers; the profile keeps its version: nobody else is told."""
    dynamo.batch_write(Follow.Meta.table_name, puts=[follower_shards.marker(user_id, shards * 2)])
    values = {"more": shards * 2, "at": now + process.limits(ShardLimits).settle_ms, "had": shards}
    step = actions.update(
        User.Meta.table_name,
        {"id": user_id},
        "SET #follower_shards = :more, #follower_shards_from = :at",
        values,
        "attribute_exists(#id) AND (attribute_not_exists(#follower_shards)"
        " OR #follower_shards = :had)",
    )
    try:
        dynamo.transact([step])
    except dynamo.TransactionCanceled as canceled:
        # Somebody else did it, or the account is gone.
        if not canceled.failed(0):
            raise
