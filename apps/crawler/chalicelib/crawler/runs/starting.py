"""Start a crawl: the rules for its options."""

from collections.abc import Mapping
from typing import Any

from chalicelib.crawler.core.limits import CRAWL_PORTS, DEFAULT_PAGES
from chalicelib.crawler.core.models import IDEMPOTENCY
from chalicelib.crawler.core.names import DOMAIN
from chalicelib.crawler.runs import page_options, runs

from shared.aws.dynamo import Item
from shared.aws.idempotency import IdempotencyKey
from shared.base.config import settings
from shared.base.errors import forbidden, invalid_request
from shared.http import quotas
from shared.net.answers import FetchError
from shared.net.fetch import check_url
from shared.text import canonical_urls

ORDERS = {
    "depth-first": "depth-first",
    "breadth-first": "breadth-first",
    "best-first": "best-first",
    # As it was spelled before there were others.
    "breadth_first": "breadth-first",
}
# Members of the request that the schema knows and no code reads yet: refused, not ignored.
NOT_YET = frozenset(
    "seeds allow deny max_bytes max_seconds pages_per_host concurrency max_cost".split()
)
FUTURE_WORDS = {
    "frontier": {"hosts"},
    "order": {"depth-first", "best-first"},
    "scope": {"prefix", "any"},
}


def start(owner_id: str, body: dict[str, Any], headers: Mapping[str, str]) -> Item:
    """Accept a crawl; it starts at once.

    Args:
        body: of the request, valid by its schema.
        headers: of the request, perhaps with an idempotency key.

    Returns:
        id and status of the run; for a repeated idempotency key those of the first request.

    Raises:
        Problem: 400 for a URL that cannot be crawled, 403 for private networks on a deployed
            stage, 409 for an idempotency key used with another body, 429 once the day's bytes
            are used up.
    """
    options = check(owner_id, body)
    key = IdempotencyKey.from_headers(
        headers, IDEMPOTENCY.name, f"user:{owner_id}", "POST /1/crawls", body
    )
    quotas.charge(DOMAIN, owner_id, "crawls", 1, precise=True)
    return runs.begin(owner_id, options, key)


def check(owner_id: str, body: dict[str, Any]) -> Item:
    """Return the attributes of a run that a request sets, secrets encrypted.

    Raises:
        Problem: 400 as `options_of` and `page_options.attributes`, 403 for private networks
            on a deployed stage.
    """
    allow_private = body.get("allow_private", False)
    if allow_private and not settings().private_fetch:
        raise forbidden("Private networks may only be crawled on a local stack.")
    return {
        **options_of(body, allow_private),
        **page_options.attributes(owner_id, body.get("options", {}), allow_private),
    }


def options_of(body: dict[str, Any], allow_private: bool) -> Item:
    """Return the attributes of a run that a request sets.

    Raises:
        Problem: 400 for what cannot be crawled, or not yet.
    """
    for name in sorted(NOT_YET & body.keys()):
        raise invalid_request(f"{name}: not available yet", **{name: body[name]})
    if "url" not in body:
        raise invalid_request("url: is required")
    _refuse_future_words(body)
    cost = body.get("max_cost")
    return {
        "url": _crawlable(body["url"], allow_private),
        "scope": body.get("scope", "host"),
        "order": ORDERS[body.get("order", "breadth-first")],
        "frontier": body.get("frontier", "plain"),
        "max_pages": body.get("max_pages", DEFAULT_PAGES),
        "max_depth": body.get("max_depth"),
        "max_bytes": body.get("max_bytes"),
        "max_seconds": body.get("max_seconds"),
        "pages_per_host": body.get("pages_per_host"),
        "concurrency": body.get("concurrency"),
        "max_cost": None if cost is None else round(cost * 1_000_000),
        "allow": body.get("allow"),
        "deny": body.get("deny"),
        "allow_private": allow_private,
    }


def _refuse_future_words(body: dict[str, Any]) -> None:
    """Refuse words of the schema that mean nothing yet."""
    for name, words in FUTURE_WORDS.items():
        if body.get(name) in words:
            raise invalid_request(
                f"{name}: {body[name]} is not available yet", **{name: body[name]}
            )


def _crawlable(url: str, allow_private: bool) -> str:
    """Address of a URL that may be crawled."""
    address = canonical_urls.address(url)
    if address is None:
        raise invalid_request("url: not an http(s) URL that can be crawled", url=url)
    try:
        check_url(address, allow_private=allow_private, ports=CRAWL_PORTS)
    except FetchError as error:
        raise invalid_request(f"url: {error.detail}", url=url) from error
    return address
