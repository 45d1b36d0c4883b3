"""JSON Schema of the request that starts a crawl."""

from chalicelib.crawler.core import limits
from chalicelib.crawler.routes import page_options

from shared.base.validation import Schema
from shared.text import canonical_urls

_URL: Schema = {"type": "string", "minLength": 1, "maxLength": canonical_urls.MAX_LENGTH}
_PATTERNS: Schema = {
    "type": "array",
    "maxItems": limits.MAX_PATTERNS,
    "items": {"type": "string", "minLength": 1, "maxLength": limits.MAX_PATTERN_LENGTH},
}


def _integer(minimum: int, maximum: int) -> Schema:
    return {"type": "integer", "minimum": minimum, "maximum": maximum}


# Further options by name; `runs.starting` refuses those that no code reads yet.
OPTIONS: dict[str, Schema] = {
    **page_options.OPTIONS,
    "store": {"type": "array", "maxItems": 2, "items": {"enum": ["warc", "graph"]}},
    "notify": {
        "type": "object",
        "required": ["webhook", "secret"],
        "additionalProperties": False,
        "properties": {
            "webhook": _URL,
            "secret": {"type": "string", "minLength": 16, "maxLength": 128},
        },
    },
}
CRAWL: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "url": _URL,
        "seeds": {"type": "array", "minItems": 1, "maxItems": limits.MAX_SEEDS, "items": _URL},
        "scope": {"enum": ["host", "domain", "prefix", "any"]},
        "allow": _PATTERNS,
        "deny": _PATTERNS,
        "order": {"enum": ["depth-first", "breadth-first", "best-first", "breadth_first"]},
        "frontier": {"enum": ["plain", "hosts"]},
        "max_pages": _integer(1, limits.MAX_PAGES),
        "max_depth": _integer(0, limits.MAX_DEPTH),
        "max_bytes": _integer(1, limits.MAX_RUN_BYTES),
        "max_seconds": _integer(1, limits.RUN_MS // 1000),
        "pages_per_host": _integer(1, limits.MAX_PAGES),
        "concurrency": _integer(1, limits.MAX_CONCURRENCY),
        "max_cost": {"type": "number", "minimum": 0.001, "maximum": 10_000},
        "keep_days": _integer(0, limits.MAX_KEEP_DAYS),
        "allow_private": {"type": "boolean"},
        "options": {"type": "object", "additionalProperties": False, "properties": OPTIONS},
    },
}
# A crawl whose start pages are in a file. The other members are as JSON text, since a form's
# fields are texts.
SEEDED: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "seeds": {
            "type": "string",
            "minLength": 1,
            "maxLength": 5_000_000,
            "description": "The file: an address per line, CSV, or a sitemap (also gzipped).",
        },
        "crawl": {
            "type": "string",
            "maxLength": 10_000,
            "description": "JSON: the body of `POST /1/crawls`, without `seeds`.",
        },
    },
}
