"""Start a crawl: the rules for its options."""

from collections.abc import Mapping
from typing import Any

from chalicelib.crawler.core.limits import CRAWL_PORTS, DEFAULT_PAGES
from chalicelib.crawler.core.models import IDEMPOTENCY
from chalicelib.crawler.core.names import DOMAIN
from chalicelib.crawler.runs import runs

from shared.aws.dynamo import Item
from shared.aws.idempotency import IdempotencyKey
from shared.base.config import settings
from shared.base.errors import forbidden, invalid_request
from shared.http import quotas
from shared.net.answers import FetchError
from shared.net.fetch import check_url
from shared.text import canonical_urls


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
    allow_private = body.get("allow_private", False)
    if allow_private and not settings().private_fetch:
        raise forbidden("Private networks may only be crawled on a local stack.")
    options = {
        "url": _crawlable(body["url"], allow_private),
        "scope": body.get("scope", "host"),
        "order": body.get("order", "breadth_first"),
        "max_pages": body.get("max_pages", DEFAULT_PAGES),
        "max_depth": body.get("max_depth"),
        "allow_private": allow_private,
    }
    key = IdempotencyKey.from_headers(
        headers, IDEMPOTENCY.name, f"user:{owner_id}", "POST /1/crawls", body
    )
    quotas.charge(DOMAIN, owner_id, "crawls", 1, precise=True)
    return runs.begin(owner_id, options, key)


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
