"""``/1/crawls/{id}/…``: one page, the site's picture, changes."""

from typing import Any

from chalicelib.crawler.exports import hosts, overview, page_detail
from chalicelib.crawler.routes import answers
from chalicelib.crawler.routes.control import manages
from chalicelib.crawler.runs import pages, reading

from shared.auth.scopes import user_access
from shared.contracts.fields import PAGE_TOKEN, max_results
from shared.http.api import Api, Call
from shared.text import canonical_urls

api = Api(__name__, "Crawls")
_READ = user_access("crawls.read")


@api.endpoint(
    "GET",
    "/1/crawls/{id}/page",
    access=_READ,
    summary="Get a page of a crawl",
    answer=answers.ONE_PAGE,
    query={"url": {"type": "string", "minLength": 1, "maxLength": canonical_urls.MAX_LENGTH}},
    required=("url",),
    limit=300,
)
def get_crawl_page(call: Call) -> dict[str, Any]:
    """Return a page by its address, with its links and columns.

    Headers and text are there if the crawl stores bodies (`options.store` has `warc`).
    """
    run = reading.visible(call.path["id"], call.user_id, manages(call))
    item = page_detail.find(run, call.query["url"])
    return {"data": {**page_detail.detail(run, item), **pages.present(run, item)}}


@api.endpoint(
    "GET",
    "/1/crawls/{id}/picture",
    access=_READ,
    summary="Get the picture of a crawled site",
    answer=answers.PICTURE,
    limit=300,
)
def get_crawl_picture(call: Call) -> dict[str, Any]:
    """Return errors by kind, numbers, directories and a graph of the site.

    It covers the first 10,000 pages; the graph has the 150 pages nearest to the start, each
    with the page that was first to link to it as `parent`.
    """
    run = reading.visible(call.path["id"], call.user_id, manages(call))
    return {"data": overview.picture(run)}


@api.endpoint(
    "GET",
    "/1/crawls/{id}/hosts",
    access=_READ,
    summary="Get the hosts of a crawl",
    answer=answers.HOSTS,
    query={
        "max_results": max_results(1, 100, 100),
        "pagination_token": {**PAGE_TOKEN, "minLength": 0, "maxLength": 512},
    },
    limit=900,
)
def list_crawl_hosts(call: Call) -> dict[str, Any]:
    """List the hosts of a crawl with their queues, by name.

    They are kept for eight days. A crawl with `frontier: plain` has no queues of hosts.
    """
    run = reading.visible(call.path["id"], call.user_id, manages(call))
    query = call.query
    return hosts.list_hosts(run, query["max_results"], query.get("pagination_token"))


@api.endpoint(
    "GET",
    "/1/crawls/{id}/changes",
    access=_READ,
    summary="Compare two crawls",
    answer=answers.CHANGES,
    query={"base": {"type": "string", "minLength": 1, "maxLength": 64}},
    required=("base",),
    limit=100,
)
def get_crawl_changes(call: Call) -> dict[str, Any]:
    """Return the pages added, changed and gone since an earlier crawl.

    It covers 10,000 pages of each and lists 200 changes of each kind; the export
    `difference.csv` has all.
    """
    run = reading.visible(call.path["id"], call.user_id, manages(call))
    base = reading.visible(call.query["base"], call.user_id, manages(call))
    return {"data": overview.changes(run, base)}
