"""Runs as the API shows them."""

from typing import Any

from chalicelib.crawler.core.limits import CUTS
from chalicelib.crawler.core.models import PAUSED, RUNNING, STOPPED, Run
from chalicelib.crawler.core.states import REMOVED
from chalicelib.crawler.runs import accounting, bounds, runs

from shared.aws.dynamo import Item
from shared.base.clock import iso
from shared.base.errors import not_found
from shared.base.pagination import decode_position, encode_token

# Permission to see and stop the runs of other users.
MANAGE_PERMISSION = "crawls.manage"
_MAX_ID_LENGTH = 64
_LIMITS = (
    "max_pages", "max_depth", "max_bytes", "max_seconds", "pages_per_host", "concurrency",
    "keep_days",
)  # fmt: skip


def list_runs(owner_id: str, size: int, token: str | None) -> Item:
    """Return a page of a user's runs, newest first.

    Raises:
        Problem: 400 for a page token that is not valid here.
    """
    context = f"crawls:{owner_id}"
    position = decode_position(context, token, id=str, at=int)
    found, after = runs.of_owner(owner_id, size, position)
    counts = accounting.read_counts({run.id for run in found if _is_open(run)}, consistent=False)
    shown = [run for run in found if run.status != REMOVED]
    return _page([_present(run, counts.get(run.id, {})) for run in shown], context, after)


def show(run_id: str, viewer_id: str, manages: bool) -> Item:
    """Return a run with its totals so far.

    Args:
        manages: the viewer may see the runs of others too.

    Raises:
        Problem: 404, also for a run of another user.
    """
    run = visible(run_id, viewer_id, manages)
    return _present(run, _live_counts(run))


def visible(run_id: str, viewer_id: str, manages: bool) -> Run:
    """Return the run if the viewer owns or manages it.

    Raises:
        Problem: 404, also for a run of another user and a deleted one.
    """
    run = runs.find(run_id) if 0 < len(run_id) <= _MAX_ID_LENGTH else None
    hidden = run is None or run.status == REMOVED
    if run is None or hidden or (run.owner_id != viewer_id and not manages):
        raise not_found("crawl", run_id)
    return run


def stats(run: Run, counts: dict[str, int]) -> dict[str, int]:
    """Return totals of a run, from its counts while they change."""
    if _is_open(run):
        return accounting.stats_of(counts)
    return {name: int(getattr(run, name) or 0) for name in accounting.STATS}


def _is_open(run: Run) -> bool:
    """True while totals change; a stopped run's last pages may still arrive."""
    return run.status in (RUNNING, PAUSED, STOPPED)


def _live_counts(run: Run) -> dict[str, int]:
    if not _is_open(run):
        return {}
    return accounting.read_counts({run.id}, consistent=False).get(run.id, {})


def _present(run: Run, counts: dict[str, int]) -> Item:
    totals = stats(run, counts)
    settled = totals["fetched"] + totals["failed"] + totals["skipped"]
    shown: Item = {
        "id": run.id,
        "url": run.url,
        "status": run.status,
        "reason": run.reason,
        "created_at": iso(int(run.created_at)),
        "finished_at": iso(int(run.finished_at)) if run.finished_at else None,
        "scope": run.scope,
        "order": run.order.replace("_", "-"),
        "frontier": run.frontier,
        "seeds": int(run.seeds),
        "allow": run.allow,
        "deny": run.deny,
        **{name: _number(getattr(run, name)) for name in _LIMITS},
        "max_cost": None if run.max_cost is None else run.max_cost / bounds.MILLIONTHS,
        "options": runs.options_of(run) or None,
        "stats": {**totals, "queued": max(0, totals["discovered"] - settled), **_cuts(run, counts)},
    }
    return {name: value for name, value in shown.items() if value is not None}


def _cuts(run: Run, counts: dict[str, int]) -> Item:
    """Links that trap rules left out, by rule, and the places of the traps."""
    if _is_open(run):
        found = accounting.cuts_of(counts)
    else:
        found = {name: int(getattr(run, name) or 0) for name in CUTS}
        found["traps"] = list(run.traps or ())
    traps = found.pop("traps", [])
    cut = {name.removeprefix("cut_"): count for name, count in found.items() if count}
    return {"cut": cut, "traps": traps} if traps else {"cut": cut}


def _number(value: float | None) -> int | None:
    return None if value is None else int(value)


def _page(data: list[Item], context: str, after: dict[str, Any] | None) -> Item:
    meta: Item = {"result_count": len(data)}
    if after is not None:
        meta["next_token"] = encode_token(context, after)
    return {"data": data, "meta": meta} if data else {"meta": meta}
