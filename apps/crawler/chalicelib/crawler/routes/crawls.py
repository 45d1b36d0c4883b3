"""Routes of crawl runs."""

from collections.abc import Iterator
from typing import Any

from chalicelib.crawler.core.limits import CRAWL_PORTS, DEFAULT_PAGES, MAX_DEPTH, MAX_PAGES
from chalicelib.crawler.core.models import IDEMPOTENCY_TABLE, RUNNING, Run
from chalicelib.crawler.frontier import shards, visited
from chalicelib.crawler.routes import answers
from chalicelib.crawler.runs import accounting, runs

from shared.auth.scopes import user_access
from shared.aws.idempotency import IdempotencyKey
from shared.base.clock import iso
from shared.base.config import settings
from shared.base.errors import forbidden, invalid_request, not_found
from shared.base.pagination import decode_position, encode_token
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call
from shared.net.fetch import FetchError, check_url
from shared.text import canonical_urls

api = Api(__name__, "Crawls")

_READ = user_access("crawls.read")
_WRITE = user_access("crawls.write")
_TOKEN = {**PAGE_TOKEN, "minLength": 0, "maxLength": 512}
_ORDER = {
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "properties": {
        "url": {"type": "string", "minLength": 1, "maxLength": canonical_urls.MAX_LENGTH},
        "max_pages": {"type": "integer", "minimum": 1, "maximum": MAX_PAGES},
        "max_depth": {"type": "integer", "minimum": 0, "maximum": MAX_DEPTH},
        "order": {"enum": ["breadth_first"]},
        "scope": {"enum": ["host", "domain"]},
        "allow_private": {"type": "boolean"},
    },
}


@api.endpoint(
    "POST",
    "/1/crawls",
    access=_WRITE,
    summary="Start a crawl",
    answer=answers.STATE,
    status=202,
    body=_ORDER,
    limit=300,
)
def start_crawl(call: Call) -> dict[str, Any]:
    """Start a crawl at a URL, which runs at once.

    Follow it by its id. An `Idempotency-Key` makes the request safe to repeat.
    """
    body = call.body
    allow_private = body.get("allow_private", False)
    if allow_private and not settings().private_fetch:
        raise forbidden("Private networks may only be crawled on a local stack.")
    url = canonical_urls.canonical(body["url"])
    if url is None:
        raise invalid_request("url: not an http(s) URL that can be crawled", url=body["url"])
    try:
        check_url(url, allow_private=allow_private, ports=CRAWL_PORTS)
    except FetchError as error:
        raise invalid_request(f"url: {error.detail}", url=body["url"]) from error
    order = {
        "url": url,
        "scope": body.get("scope", "host"),
        "order": body.get("order", "breadth_first"),
        "max_pages": body.get("max_pages", DEFAULT_PAGES),
        "max_depth": body.get("max_depth"),
        "allow_private": allow_private,
    }
    key = IdempotencyKey.from_headers(
        call.headers, IDEMPOTENCY_TABLE, f"user:{call.user_id}", "POST /1/crawls", body
    )
    return {"data": runs.begin(call.user_id, order, key)}


@api.endpoint(
    "GET",
    "/1/crawls",
    access=_READ,
    summary="Get your crawls",
    answer=answers.CRAWLS,
    query={
        "max_results": max_results(1, 100, 25),
        "pagination_token": _TOKEN,
    },
)
def list_crawls(call: Call) -> dict[str, Any]:
    """List your crawls, newest first."""
    context = f"crawls:{call.user_id}"
    position = decode_position(context, call.query.get("pagination_token"), id=str, at=int)
    found, after = runs.of_owner(call.user_id, call.query["max_results"], position)
    counts = accounting.read_counts({run.id for run in found if _is_open(run)}, consistent=False)
    return _page([_shown(run, counts.get(run.id, {})) for run in found], context, after)


@api.endpoint(
    "GET", "/1/crawls/{id}", access=_READ, summary="Get a crawl by ID", answer=answers.ONE_CRAWL
)
def get_crawl(call: Call) -> dict[str, Any]:
    """Return a crawl with its totals so far."""
    run = _readable(call)
    return {"data": _shown(run, _live_counts(run))}


@api.endpoint(
    "GET",
    "/1/crawls/{id}/pages",
    access=_READ,
    summary="Get the pages of a crawl",
    answer=answers.PAGES,
    query={
        "max_results": max_results(1, 1000, 100),
        "pagination_token": _TOKEN,
    },
)
def list_crawl_pages(call: Call) -> dict[str, Any]:
    """List the pages that a crawl has dealt with, in a stable order."""
    run = _readable(call)
    context = f"crawl-pages:{run.id}"
    limit = call.query["max_results"]
    position = decode_position(context, call.query.get("pagination_token"), after=str)
    rows: list[dict[str, Any]] = []
    for item in _settled(run.id, position["after"] if position else None, limit):
        if len(rows) == limit:
            after = {"after": rows[-1]["url_digest"]}
            return _page([_shown_page(row) for row in rows], context, after)
        rows.append(item)
    return _page([_shown_page(row) for row in rows], context, None)


@api.endpoint(
    "POST", "/1/crawls/{id}/stop", access=_WRITE, summary="Stop a crawl", answer=answers.STATE
)
def stop_crawl(call: Call) -> dict[str, Any]:
    """Stop a running crawl; pages in flight may still arrive.

    Stopping it again changes nothing.
    """
    run = _readable(call)
    if run.status == RUNNING:
        stats = accounting.stats_of(_live_counts(run))
        runs.end(run.id, "stopped", "stopped_by_user", stats)
        run = runs.find(run.id) or run
    return {"data": {"id": run.id, "status": run.status}}


def _readable(call: Call) -> Run:
    """The run in the path, for its owner or somebody who manages crawls.

    Raises:
        Problem: 404, also for a run of somebody else.
    """
    run_id = call.path["id"]
    run = runs.find(run_id) if 0 < len(run_id) <= 64 else None
    manages = call.principal is not None and call.principal.may("crawls.manage")
    if run is None or (run.owner_id != call.user_id and not manages):
        raise not_found("crawl", run_id)
    return run


def _is_open(run: Run) -> bool:
    """Whether totals are still moving: also a stopped run's, while its last pages arrive."""
    return run.status in (RUNNING, "stopped")


def _live_counts(run: Run) -> dict[str, int]:
    if not _is_open(run):
        return {}
    return accounting.read_counts({run.id}, consistent=False).get(run.id, {})


def _shown(run: Run, counts: dict[str, int]) -> dict[str, Any]:
    if _is_open(run):
        stats = accounting.stats_of(counts)
    else:
        names = ("fetched", "discovered", "failed", "skipped", "bytes")
        stats = {name: int(getattr(run, name) or 0) for name in names}
    settled = stats["fetched"] + stats["failed"] + stats["skipped"]
    shown: dict[str, Any] = {
        "id": run.id,
        "url": run.url,
        "status": run.status,
        "reason": run.reason,
        "created_at": iso(int(run.created_at)),
        "finished_at": iso(int(run.finished_at)) if run.finished_at else None,
        "scope": run.scope,
        "order": run.order,
        "max_pages": int(run.max_pages),
        "max_depth": None if run.max_depth is None else int(run.max_depth),
        "stats": {**stats, "queued": max(0, stats["discovered"] - settled)},
    }
    return {name: value for name, value in shown.items() if value is not None}


def _shown_page(item: dict[str, Any]) -> dict[str, Any]:
    names = ("url", "status_code", "title", "depth", "content_type", "bytes", "error")
    shown = {name: item[name] for name in names if name in item}
    return {**shown, "fetched_at": iso(item["fetched_at"])}


def _settled(run_id: str, after: str | None, limit: int) -> Iterator[dict[str, Any]]:
    for shard in shards.SHARDS:
        if after is not None and shard < after[:1]:
            continue
        behind = after if after and after[0] == shard else None
        for item in shards.records(run_id, shard, after=behind, limit=limit + 1):
            if item["state"] != visited.QUEUED:
                yield item


def _page(data: list[dict[str, Any]], context: str, after: dict[str, Any] | None) -> dict[str, Any]:
    meta: dict[str, Any] = {"result_count": len(data)}
    if after is not None:
        meta["next_token"] = encode_token(context, after)
    return {"data": data, "meta": meta} if data else {"meta": meta}
