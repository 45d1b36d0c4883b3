"""``/1/crawls/{id}/…``: control of a run, and its pages."""

from typing import Any

from chalicelib.crawler.control import control
from chalicelib.crawler.core.limits import MAX_DEPTH, MAX_PAGES, MAX_RUN_BYTES, RUN_MS
from chalicelib.crawler.routes import answers
from chalicelib.crawler.runs import allowances, bounds, pages, reading

from shared.auth.scopes import user_access
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call

api = Api(__name__, "Crawls")

_READ = user_access("crawls.read")
_WRITE = user_access("crawls.write")
_TOKEN = {**PAGE_TOKEN, "minLength": 0, "maxLength": 512}
_SORTS = [sign + name for name in pages.SORTS for sign in ("", "-")]
_EXTENSION = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "max_pages": {"type": "integer", "minimum": 1, "maximum": MAX_PAGES},
        "max_depth": {"type": "integer", "minimum": 0, "maximum": MAX_DEPTH},
        "max_bytes": {"type": "integer", "minimum": 1, "maximum": MAX_RUN_BYTES},
        "max_seconds": {"type": "integer", "minimum": 1, "maximum": RUN_MS // 1000},
        "pages_per_host": {"type": "integer", "minimum": 1, "maximum": MAX_PAGES},
        "max_cost": {"type": "number", "minimum": 0.001, "maximum": 10_000},
    },
}


@api.endpoint(
    "GET",
    "/1/crawls/{id}/pages",
    access=_READ,
    summary="Get the pages of a crawl",
    answer=answers.PAGES,
    query={
        "max_results": max_results(1, 1000, 100),
        "pagination_token": _TOKEN,
        "sort": {"enum": _SORTS},
        "status": {"type": "string", "pattern": pages.STATUS_PATTERN},
    },
)
def list_crawl_pages(call: Call) -> dict[str, Any]:
    """List the pages that a crawl has dealt with.

    `sort` is `url`, `status`, `depth`, `size` or `time`, with `-` in front for the largest
    first; without it the order is stable. `status` is `fetched`, `failed` or `skipped`, a
    status code, or a class such as `4xx`. A failed page names the page it was found on.
    """
    query = call.query
    return pages.list_pages(
        reading.visible(call.path["id"], call.user_id, manages(call)),
        query["max_results"],
        query.get("pagination_token"),
        sort=query.get("sort"),
        status=query.get("status"),
    )


@api.endpoint(
    "POST", "/1/crawls/{id}/stop", access=_WRITE, summary="Stop a crawl", answer=answers.STATE
)
def stop_crawl(call: Call) -> dict[str, Any]:
    """Stop a crawl for good; pages in flight may still arrive.

    Stopping it again changes nothing.
    """
    return {"data": control.stop(call.path["id"], call.user_id, manages(call))}


@api.endpoint(
    "POST", "/1/crawls/{id}/pause", access=_WRITE, summary="Pause a crawl", answer=answers.STATE
)
def pause_crawl(call: Call) -> dict[str, Any]:
    """Let a crawl rest; it goes on where it was.

    Pages in flight still arrive. Pausing it again changes nothing.
    """
    return {"data": control.pause(call.path["id"], call.user_id, manages(call))}


@api.endpoint(
    "POST", "/1/crawls/{id}/resume", access=_WRITE, summary="Resume a crawl", answer=answers.STATE
)
def resume_crawl(call: Call) -> dict[str, Any]:
    """Let a paused crawl go on.

    Resuming it again changes nothing.
    """
    return {"data": control.resume(call.path["id"], call.user_id, manages(call))}


@api.endpoint(
    "POST",
    "/1/crawls/{id}/extend",
    access=_WRITE,
    summary="Extend a crawl",
    answer=answers.STATE,
    body=_EXTENSION,
)
def extend_crawl(call: Call) -> dict[str, Any]:
    """Raise limits of a crawl; one that has ended goes on where it stood.

    A crawl can go on within seven days of its start, unless it failed, keeps nothing, or is a
    plain one that finished. Links that an old `max_depth` left out come back only if another
    page has them too.
    """
    allowance = allowances.of(call.principal)
    limits = dict(call.body)
    if "max_cost" in limits:
        limits["max_cost"] = round(limits["max_cost"] * bounds.MILLIONTHS)
    state = control.extend(call.path["id"], call.user_id, manages(call), limits, allowance)
    return {"data": state}


@api.endpoint(
    "DELETE", "/1/crawls/{id}", access=_WRITE, summary="Delete a crawl", answer=answers.DELETED
)
def delete_crawl(call: Call) -> dict[str, Any]:
    """Delete a crawl with its pages, archives and exports.

    It is gone at once, its data within minutes.
    """
    return {"data": control.remove(call.path["id"], call.user_id, manages(call))}


def manages(call: Call) -> bool:
    """Return true if the caller may control the crawls of others."""
    return call.principal is not None and call.principal.may(reading.MANAGE_PERMISSION)
