"""``/1/crawls``: crawl runs and their pages."""

from typing import Any

from chalicelib.crawler.core.limits import DEFAULT_PAGES
from chalicelib.crawler.core.names import DOMAIN
from chalicelib.crawler.notices import webhooks
from chalicelib.crawler.routes import answers, requests
from chalicelib.crawler.routes.control import manages
from chalicelib.crawler.runs import allowances, reading, seed_files, starting

from shared.auth.scopes import user_access
from shared.base.errors import invalid_request
from shared.base.validation import parse_json, validate_body
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http import quotas
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
    return _start(call, call.body)


@api.endpoint(
    "POST",
    "/1/crawls/upload",
    access=_WRITE,
    summary="Start a crawl of uploaded seeds",
    answer=answers.STATE,
    status=202,
    body=requests.SEEDED,
    multipart=True,
    limit=100,
)
def upload_seeds(call: Call) -> dict[str, Any]:
    """Start a crawl at the addresses in a file: up to 10,000, at most 4.5 MB.

    `seeds` is a text file with an address per line, a CSV table (the column `url`, else the
    first one with addresses) or a sitemap. `crawl` is JSON with the other members of
    `POST /1/crawls`. Without a `url` the first address is the root.
    """
    crawl = parse_json(call.body.get("crawl", "{}").encode())
    if isinstance(crawl, dict) and "seeds" in crawl:
        raise invalid_request("crawl: the file has the seeds", crawl="")
    body = validate_body(requests.CRAWL, crawl)
    file = call.files.get("seeds", call.body.get("seeds", "").encode())
    quotas.charge(DOMAIN, call.user_id, "uploads", len(file))
    return _start(call, {**body, "seeds": seed_files.read(file)})


def _start(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    allowances.check(
        call.user_id, body.get("max_pages", DEFAULT_PAGES), allowances.of(call.principal)
    )
    if notify := body.get("options", {}).get("notify"):
        webhooks.check(notify, body.get("allow_private", False))
    return {"data": starting.start(call.user_id, body, call.headers)}


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
    return {"data": reading.show(call.path["id"], call.user_id, manages(call))}
