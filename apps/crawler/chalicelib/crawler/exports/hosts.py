"""Hosts of a run by hosts: the queue of each, and when it is next asked."""

from typing import Any

from chalicelib.crawler.core.models import FRONTIER, HOSTS, Run
from chalicelib.crawler.frontier.hosts import leases, pace

from shared.aws.dynamo import Item
from shared.base.clock import iso
from shared.base.pagination import decode_position, encode_token


def list_hosts(run: Run, size: int, token: str | None) -> Item:
    """Return a page of a run's hosts by name; a plain run has none.

    Calls: a Query of the hosts and one BatchGet of their paces.

    Raises:
        Problem: 400 for a page token that is not valid here.
    """
    context = f"crawl-hosts:{run.id}"
    position = decode_position(context, token, after=str)
    if run.frontier != HOSTS:
        return {"meta": {"result_count": 0}}
    start = None if position is None else leases.key(run.id, position["after"])
    page = FRONTIER.page("#part = :part", {"part": run.id}, limit=size, start=start)
    keys = [pace.key(item["entry"]) for item in page.items]
    paces = {item["part"]: item for item in FRONTIER.get_many(keys)}
    data = [_present(item, paces.get(pace.key(item["entry"])["part"], {})) for item in page.items]
    meta: Item = {"result_count": len(data)}
    if page.last_key:
        meta["next_token"] = encode_token(context, {"after": page.last_key["entry"]})
    return {"data": data, "meta": meta} if data else {"meta": meta}


def _present(item: Item, moment: Item) -> dict[str, Any]:
    """Return a host; ``moment`` is what all runs know of it."""
    shown: dict[str, Any] = {
        "host": item["entry"],
        "waiting": int(item.get("open") or 0),
        "done": int(item.get("pages") or 0),
        "busy": leases.is_held(item),
        "failures": int(item.get("down") or 0),
    }
    if next_at := max(int(item.get("next_at") or 0), int(moment.get("next_at") or 0)):
        shown["next_at"] = iso(next_at)
    if delay := int(moment.get("delay_ms") or 0):
        shown["delay_ms"] = delay
    return shown
