"""Start a crawl: the rules for its options."""

from collections.abc import Mapping
from typing import Any

from chalicelib.crawler.core.limits import CRAWL_PORTS, DEFAULT_PAGES
from chalicelib.crawler.core.models import HOSTS, IDEMPOTENCY, PLAIN
from chalicelib.crawler.core.names import DOMAIN
from chalicelib.crawler.extract import patterns
from chalicelib.crawler.runs import bounds, page_options, runs

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
DEFAULT_ORDER = {PLAIN: "breadth-first", HOSTS: "depth-first"}
# Members of the request that a plain run cannot keep.
NEED_HOSTS = ("concurrency", "pages_per_host")


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
    seeds = _more_seeds(body.get("seeds", []), options)
    key = IdempotencyKey.from_headers(
        headers, IDEMPOTENCY.name, f"user:{owner_id}", "POST /1/crawls", body
    )
    quotas.charge(DOMAIN, owner_id, "crawls", 1, precise=True)
    return runs.begin(owner_id, options, key, seeds)


def check(owner_id: str, body: dict[str, Any]) -> Item:
    """Return the attributes of a run that a request sets, secrets encrypted.

    Raises:
        Problem: 400 as `options_of` and `page_options.attributes`, 403 for private networks
            on a deployed stage.
    """
    allow_private = body.get("allow_private", False)
    if allow_private and not settings().private_fetch:
        raise forbidden("Private networks may only be crawled on a local stack.")
    seeds = body.get("seeds", [])
    options = options_of({"url": seeds[0], **body} if seeds else body, allow_private)
    if _more_seeds(seeds, options) and options["scope"] == "prefix":
        raise invalid_request("scope: prefix needs a single start page", scope="prefix")
    return options | page_options.attributes(owner_id, body.get("options", {}), allow_private)


def options_of(body: dict[str, Any], allow_private: bool) -> Item:
    """Return the attributes of a run that a request sets.

    Raises:
        Problem: 400 for what cannot be crawled, or not yet.
    """
    if "url" not in body:
        raise invalid_request("url: is required, unless there are seeds")
    frontier = body.get("frontier", HOSTS)
    order = ORDERS[body.get("order", DEFAULT_ORDER[frontier])]
    if frontier == PLAIN:
        _refuse_for_plain(body, order)
    for name in ("allow", "deny"):
        _check_patterns(name, body.get(name, []))
    cost = body.get("max_cost")
    return {
        "url": _crawlable(body["url"], allow_private),
        "scope": body.get("scope", "host"),
        "order": order,
        "frontier": frontier,
        "max_pages": body.get("max_pages", DEFAULT_PAGES),
        "max_depth": body.get("max_depth"),
        "max_bytes": body.get("max_bytes"),
        "max_seconds": body.get("max_seconds"),
        "pages_per_host": body.get("pages_per_host"),
        "concurrency": body.get("concurrency"),
        "keep_days": body.get("keep_days"),
        "max_cost": None if cost is None else round(cost * bounds.MILLIONTHS),
        "allow": body.get("allow"),
        "deny": body.get("deny"),
        "allow_private": allow_private,
    }


def _refuse_for_plain(body: dict[str, Any], order: str) -> None:
    """Refuse what one message per page cannot do."""
    if order != "breadth-first":
        message = f"order: a plain frontier is breadth-first; {order} needs frontier: hosts"
        raise invalid_request(message, order=order)
    for name in NEED_HOSTS:
        if name in body:
            raise invalid_request(f"{name}: needs frontier: hosts", **{name: body[name]})


def _check_patterns(name: str, found: list[str]) -> None:
    try:
        patterns.compile(found)
    except patterns.InvalidPattern as error:
        raise invalid_request(f"{name}: {error}", **{name: error.pattern}) from error


def _more_seeds(given: list[str], options: Item) -> list[str]:
    """Addresses of the start pages beside the root, each once."""
    found = {canonical_urls.key(options["url"]): ""}
    for url in given:
        address = _crawlable(url, options["allow_private"], "seeds")
        found.setdefault(canonical_urls.key(address), address)
    return [address for address in found.values() if address]


def _crawlable(url: str, allow_private: bool, name: str = "url") -> str:
    """Address of a URL that may be crawled."""
    address = canonical_urls.address(url)
    if address is None:
        raise invalid_request(f"{name}: not an http(s) URL that can be crawled", **{name: url})
    try:
        check_url(address, allow_private=allow_private, ports=CRAWL_PORTS)
    except FetchError as error:
        raise invalid_request(f"{name}: {error.detail}", **{name: url}) from error
    return address
