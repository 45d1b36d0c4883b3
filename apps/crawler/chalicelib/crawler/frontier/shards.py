"""A run's visited records, read shard by shard."""

from collections.abc import Iterator

from chalicelib.crawler.core.models import VISITED
from chalicelib.crawler.frontier import visited

from shared.aws.dynamo import Item

# First hex digits of a digest: the hash keys of one run.
SHARDS = "0123456789abcdef"
_IN_SHARD = "#shard = :shard"


def records(
    run_id: str,
    shard: str,
    *,
    after: str | None = None,
    limit: int | None = None,
    consistent: bool = False,
) -> Iterator[Item]:
    """Iterate over the records of one shard, in the order of their digests.

    Args:
        after: digest to begin after.
        limit: records read per call.
    """
    return VISITED.query(
        _IN_SHARD,
        {"shard": f"{run_id}#{shard}"},
        start=visited.key(run_id, after) if after else None,
        limit=limit,
        consistent=consistent,
    )


def all_records(
    run_id: str,
    *,
    after: str | None = None,
    limit: int | None = None,
    consistent: bool = False,
) -> Iterator[Item]:
    """Iterate over all records of a run by digest; arguments as `records`."""
    for shard in SHARDS:
        if after and shard < after[0]:
            continue
        begin = after if after and shard == after[0] else None
        yield from records(run_id, shard, after=begin, limit=limit, consistent=consistent)


def count(run_id: str) -> int:
    """Count a run's records, strongly consistent per shard."""
    values = ({"shard": f"{run_id}#{shard}"} for shard in SHARDS)
    return sum(VISITED.count(_IN_SHARD, value, consistent=True) for value in values)
