"""Answer schemas of crawls."""

from shared.base.answers import page_of
from shared.base.components import COUNT, MOMENT, TEXT, Component, choice, component, data, record
from shared.base.validation import Schema

_STATUS = choice("running", "finished", "stopped", "failed")
_RUN_ID: Schema = {"type": "string", "format": "uuid"}
CRAWL = component(
    "Crawl",
    "A crawl with its totals so far.",
    {
        "id": _RUN_ID,
        "url": TEXT,
        "status": _STATUS,
        "created_at": MOMENT,
        "scope": choice("host", "domain"),
        "order": choice("breadth_first"),
        "max_pages": COUNT,
        "stats": record(
            dict.fromkeys(("discovered", "fetched", "failed", "skipped", "queued", "bytes"), COUNT)
        ),
    },
    {"reason": TEXT, "finished_at": MOMENT, "max_depth": COUNT},
)
CRAWLED_PAGE = component(
    "CrawlPage",
    "A page that a crawl has dealt with.",
    {"url": TEXT, "depth": COUNT, "fetched_at": MOMENT},
    {
        "status_code": {"type": "integer"},
        "title": TEXT,
        "content_type": TEXT,
        "bytes": COUNT,
        "error": TEXT,
    },
)
STATE = Component("CrawlState", data(record({"id": _RUN_ID, "status": _STATUS})))
ONE_CRAWL = Component("CrawlResponse", data(CRAWL))
CRAWLS = Component("CrawlList", page_of(CRAWL))
PAGES = Component("CrawlPageList", page_of(CRAWLED_PAGE))
