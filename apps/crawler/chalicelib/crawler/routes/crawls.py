"""``/1/crawls``: crawl runs and their pages."""

from typing import Any

from chalicelib.crawler.routes import answers, requests
from chalicelib.crawler.runs import reading, starting

from shared.auth.scopes import user_access
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call

api = Api(__name__, "Crawls")

_READ = user_access("crawls.read")
_WRITE = user_access("crawls.write")
_TOKEN = {**PAGE_TOKEN, "minLength": 0, "maxLength": 512}


@api.endpoint(
    "POST",
    "/1/crawls",
    access=_WRITE,
    summary="Start a crawl",
    answer=answers.STATE,
    status=202,
    body=requests.CRAWL,
    limit=300,
)
def start_crawl(call: Call) -> dict[str, Any]:
    """Start a crawl at a URL, or at several seeds; it runs at once.

    Follow it by its id. An `Idempotency-Key` makes the request safe to repeat.
    """
    return {"data": starting.start(call.user_id, call.body, call.headers)}


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
    query = call.query
    return reading.list_runs(call.user_id, query["max_results"], query.get("pagination_token"))


@api.endpoint(
    "GET", "/1/crawls/{id}", access=_READ, summary="Get a crawl by ID", answer=answers.ONE_CRAWL
)
def get_crawl(call: Call) -> dict[str, Any]:
    """Return a crawl with its totals so far."""
    return {"data": reading.show(call.path["id"], call.user_id, _manages(call))}


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
    size, token = call.query["max_results"], call.query.get("pagination_token")
    return reading.list_pages(call.path["id"], call.user_id, _manages(call), size, token)


@api.endpoint(
    "POST", "/1/crawls/{id}/stop", access=_WRITE, summary="Stop a crawl", answer=answers.STATE
)
def stop_crawl(call: Call) -> dict[str, Any]:
    """Stop a running crawl; pages in flight may still arrive.

    Stopping it again changes nothing.
    """
    return {"data": reading.stop(call.path["id"], call.user_id, _manages(call))}


def _manages(call: Call) -> bool:
    return call.principal is not None and call.principal.may(reading.MANAGE_PERMISSION)
