"""``/1/crawl_schedules``: crawls that start again and again."""

from typing import Any

from chalicelib.crawler.notices import webhooks
from chalicelib.crawler.routes import answers, requests
from chalicelib.crawler.runs import allowances
from chalicelib.crawler.schedules import schedules

from shared.auth.scopes import user_access
from shared.http.api import Api, Call

api = Api(__name__, "Crawls")

_READ = user_access("crawls.read")
_WRITE = user_access("crawls.write")
_SCHEDULE = {
    "type": "object",
    "required": ["expression", "crawl"],
    "additionalProperties": False,
    "properties": {
        "expression": {"type": "string", "minLength": 1, "maxLength": 200},
        "timezone": {"type": "string", "minLength": 1, "maxLength": 64},
        "crawl": requests.CRAWL,
        "recrawl": {"enum": [schedules.FULL, schedules.CHANGED]},
    },
}


@api.endpoint(
    "POST",
    "/1/crawl_schedules",
    access=_WRITE,
    summary="Schedule a crawl",
    answer=answers.ONE_SCHEDULE,
    status=201,
    body=_SCHEDULE,
    limit=100,
)
def create_crawl_schedule(call: Call) -> dict[str, Any]:
    """Start a crawl again and again.

    `expression` is `rate(1 day)` or `cron(0 6 ? * MON-FRI *)`, at least an hour apart, by the
    clock of `timezone` (an IANA name; UTC by default). `recrawl` is `full`, or `changed` to ask
    servers for what changed since the crawl before. While a crawl has not ended, the next one
    is left out.
    """
    crawl = call.body["crawl"]
    if notify := crawl.get("options", {}).get("notify"):
        webhooks.check(notify, crawl.get("allow_private", False))
    return {"data": schedules.create(call.user_id, call.body, allowances.of(call.principal))}


@api.endpoint(
    "GET",
    "/1/crawl_schedules",
    access=_READ,
    summary="Get your crawl schedules",
    answer=answers.SCHEDULES,
)
def list_crawl_schedules(call: Call) -> dict[str, Any]:
    """List your schedules with their next moment and their last crawl."""
    found = schedules.list_schedules(call.user_id)
    meta = {"result_count": len(found)}
    return {"data": found, "meta": meta} if found else {"meta": meta}


@api.endpoint(
    "DELETE",
    "/1/crawl_schedules/{id}",
    access=_WRITE,
    summary="Delete a crawl schedule",
    answer=answers.DELETED,
)
def delete_crawl_schedule(call: Call) -> dict[str, Any]:
    """Delete a schedule; the crawls that it started stay."""
    return {"data": schedules.delete(call.user_id, call.path["id"])}
