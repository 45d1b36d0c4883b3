"""Removal of a run's frontier, for erasures."""

from collections.abc import Iterator
from itertools import islice

from chalicelib.crawler.core.models import FRONTIER
from chalicelib.crawler.frontier.hosts.entries import host_of

from shared.aws.dynamo import Item, Key


def remove(run_id: str, root_url: str | None, limit: int) -> bool:
    """Delete up to ``limit`` waiting items; true if there may be more."""
    root = host_of(root_url) if root_url else ""
    keys = list(islice(_keys(run_id, root), limit))
    FRONTIER.batch_write(deletes=keys)
    return len(keys) == limit


def _keys(run_id: str, root: str) -> Iterator[Key]:
    """Keys of a host's chunks, then of the host: a repetition finds the rest.

    The root's host may have had no turn yet, and so no item.
    """
    for part in ("seeds", "slots", root):
        yield from map(_key, _items(f"{run_id}#{part}"))
    for host in _items(run_id):
        if host["entry"] != root:
            yield from map(_key, _items(f"{run_id}#{host['entry']}"))
        yield _key(host)


def _key(item: Item) -> Key:
    return {"part": item["part"], "entry": item["entry"]}


def _items(part: str) -> Iterator[Item]:
    return FRONTIER.query("#part = :part", {"part": part}, consistent=True, limit=1000)
