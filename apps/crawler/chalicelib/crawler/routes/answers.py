"""Answer schemas of crawls."""

from chalicelib.crawler.core import limits

from shared.base.answers import page_of
from shared.base.components import (
    COUNT,
    FLAG,
    MOMENT,
    TEXT,
    Component,
    array,
    choice,
    component,
    data,
    record,
)
from shared.base.validation import Schema

_STATUS = choice("running", "paused", "finished", "stopped", "failed")
_RUN_ID: Schema = {"type": "string", "format": "uuid"}
CRAWL = component(
    "Crawl",
    "A crawl with its totals so far.",
    {
        "id": _RUN_ID,
        "url": TEXT,
        "status": _STATUS,
        "created_at": MOMENT,
        "scope": choice("host", "domain", "prefix", "any"),
        "order": choice("depth-first", "breadth-first", "best-first"),
        "frontier": choice("plain", "hosts"),
        "seeds": COUNT,
        "max_pages": COUNT,
        "stats": record(
            {
                **dict.fromkeys(
                    ("discovered", "fetched", "failed", "skipped", "queued", "bytes"), COUNT
                ),
                "cut": record(optional=dict.fromkeys(limits.TRAP_RULES, COUNT)),
            },
            {"traps": array(TEXT)},
        ),
    },
    {
        "reason": TEXT,
        "finished_at": MOMENT,
        **dict.fromkeys(("allow", "deny"), array(TEXT)),
        **dict.fromkeys(("max_depth", "max_bytes", "max_seconds"), COUNT),
        **dict.fromkeys(("pages_per_host", "concurrency", "keep_days"), COUNT),
        "max_cost": {"type": "number"},
        "options": {"type": "object"},
    },
)
_PAGE = {
    "url": TEXT,
    "state": choice("fetched", "failed", "skipped"),
    "depth": COUNT,
    "fetched_at": MOMENT,
}
_PAGE_OPTIONAL = {
    "found_on": {**TEXT, "description": "Of a failed page: the page that links to it."},
    **dict.fromkeys(("description", "language", "canonical"), TEXT),
    "status_code": {"type": "integer"},
    "title": TEXT,
    "content_type": TEXT,
    "bytes": COUNT,
    "error": TEXT,
}
CRAWLED_PAGE = component("CrawlPage", "A page that a crawl has dealt with.", _PAGE, _PAGE_OPTIONAL)
_LINK = record({"url": TEXT}, dict.fromkeys(("kind", "rel", "text"), TEXT))
ONE_PAGE = Component(
    "CrawlPageResponse",
    data(
        component(
            "CrawlPageDetail",
            "A page with all that its crawl keeps of it.",
            {
                **_PAGE,
                "links_out": array(_LINK),
                "links_in": array(_LINK),
                "links_in_complete": FLAG,
            },
            {
                **_PAGE_OPTIONAL,
                **dict.fromkeys(("redirect_to", "robots", "digest", "etag", "last_modified"), TEXT),
                "headings": array(TEXT),
                "structured": {"type": "object"},
                "fields": {"type": "object"},
                "headers": array(record({"name": TEXT, "value": TEXT})),
                "text": {**TEXT, "description": "The body, if the crawl keeps bodies."},
                "text_complete": FLAG,
            },
        )
    ),
)
PICTURE = Component(
    "CrawlPicture",
    data(
        record(
            {
                "pages": COUNT,
                "complete": FLAG,
                "errors": array(record({"error": TEXT, "pages": COUNT})),
                "statuses": array(record({"status_code": COUNT, "pages": COUNT})),
                "depths": array(record({"depth": COUNT, "pages": COUNT})),
                "directories": array(record({"url": TEXT, "pages": COUNT, "failed": COUNT})),
                "nodes": array(
                    record(
                        {name: _PAGE[name] for name in ("url", "state", "depth")},
                        {
                            "title": TEXT,
                            "status_code": COUNT,
                            "parent": {**COUNT, "description": "Number of another node."},
                        },
                    )
                ),
            }
        )
    ),
)
CHANGES = Component(
    "CrawlChanges",
    data(
        record(
            {
                **dict.fromkeys(("added", "changed", "gone"), COUNT),
                "complete": FLAG,
                "pages": array(
                    record(
                        {"change": choice("added", "changed", "gone"), "url": TEXT},
                        {"status_before": COUNT, "status_now": COUNT, "what": array(TEXT)},
                    )
                ),
            }
        )
    ),
)
HOSTS = Component(
    "CrawlHostList",
    page_of(
        component(
            "CrawlHost",
            "A host of a crawl, with its queue.",
            {
                "host": TEXT,
                "waiting": {**COUNT, "description": "Pages that wait."},
                "done": {**COUNT, "description": "Pages that were dealt with."},
                "busy": {**FLAG, "description": "A worker reads its pages now."},
                "failures": {**COUNT, "description": "Failed attempts in a row."},
            },
            {
                "next_at": {**MOMENT, "description": "Earliest moment of the next request."},
                "delay_ms": {**COUNT, "description": "Delay learned from a slow host."},
            },
        )
    ),
)
STATE = Component("CrawlState", data(record({"id": _RUN_ID, "status": _STATUS})))
ONE_CRAWL = Component("CrawlResponse", data(CRAWL))
CRAWLS = Component("CrawlList", page_of(CRAWL))
PAGES = Component("CrawlPageList", page_of(CRAWLED_PAGE))
DELETED = Component(
    "CrawlDeleted", data(record({"id": _RUN_ID, "deleted": {"type": "boolean", "const": True}}))
)
EXPORT = component(
    "CrawlExport",
    "A file of a crawl.",
    {
        "name": TEXT,
        "status": choice("pending", "ready", "failed"),
        "requested_at": MOMENT,
    },
    {
        "url": {**TEXT, "description": "Download address; it works for an hour."},
        "bytes": COUNT,
        "base": {**_RUN_ID, "description": "The earlier crawl of a difference."},
        "reason": TEXT,
    },
)
ONE_EXPORT = Component("CrawlExportResponse", data(EXPORT))
EXPORTS = Component("CrawlExportList", page_of(EXPORT))
SCHEDULE = component(
    "CrawlSchedule",
    "A crawl that starts again and again.",
    {
        "id": _RUN_ID,
        "expression": TEXT,
        "timezone": TEXT,
        "recrawl": choice("full", "changed"),
        "crawl": {"type": "object", "description": "The body of the request that starts it."},
        "created_at": MOMENT,
    },
    {"next_at": MOMENT, "last_at": MOMENT, "last_run_id": _RUN_ID, "last_error": TEXT},
)
ONE_SCHEDULE = Component("CrawlScheduleResponse", data(SCHEDULE))
SCHEDULES = Component("CrawlScheduleList", page_of(SCHEDULE))
