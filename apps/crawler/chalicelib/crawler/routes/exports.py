"""``/1/crawls/{id}/exports``: files of a run to download."""

from typing import Any

from chalicelib.crawler.exports import exports
from chalicelib.crawler.routes import answers
from chalicelib.crawler.routes.control import manages
from chalicelib.crawler.runs import reading

from shared.auth.scopes import user_access
from shared.http.api import Api, Call

api = Api(__name__, "Crawls")

_EXPORT = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"enum": list(exports.NAMES)},
        "base": {"type": "string", "minLength": 1, "maxLength": 64},
    },
}


@api.endpoint(
    "POST",
    "/1/crawls/{id}/exports",
    access=user_access("crawls.read"),
    summary="Export a crawl",
    answer=answers.ONE_EXPORT,
    status=202,
    body=_EXPORT,
    limit=100,
)
def export_crawl(call: Call) -> dict[str, Any]:
    """Make a file of an ended crawl, in the background.

    `difference.csv` compares the crawl with an earlier one, whose id is `base`.
    """
    run = reading.visible(call.path["id"], call.user_id, manages(call))
    base = call.body.get("base")
    earlier = reading.visible(base, call.user_id, manages(call)) if base else None
    return {"data": exports.request(run, call.body["name"], earlier)}


@api.endpoint(
    "GET",
    "/1/crawls/{id}/exports",
    access=user_access("crawls.read"),
    summary="Get the exports of a crawl",
    answer=answers.EXPORTS,
)
def list_crawl_exports(call: Call) -> dict[str, Any]:
    """List the exports of a crawl; ask for one by its name to download it."""
    run = reading.visible(call.path["id"], call.user_id, manages(call))
    found = exports.list_exports(run)
    meta = {"result_count": len(found)}
    return {"data": found, "meta": meta} if found else {"meta": meta}


@api.endpoint(
    "GET",
    "/1/crawls/{id}/exports/{name}",
    access=user_access("crawls.read"),
    summary="Get an export of a crawl",
    answer=answers.ONE_EXPORT,
    limit=300,
)
def get_crawl_export(call: Call) -> dict[str, Any]:
    """Return an export of a crawl; a ready one has a link for an hour.

    Each link counts as a download against the daily quota of exports.
    """
    run = reading.visible(call.path["id"], call.user_id, manages(call))
    return {"data": exports.get(run, call.user_id, call.path["name"])}
