"""Visited records: one item per URL and run, the truth about every page.

Raw items instead of models: every link of every page passes through here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from chalicelib.crawler.core.limits import CLAIM_MS, KEEP_PAGES_SECONDS
from chalicelib.crawler.core.models import VISITED

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.text import canonical_urls

QUEUED, FETCHED, FAILED, SKIPPED = "queued", "fetched", "failed", "skipped"


@dataclass(frozen=True)
class ClaimedPage:
    """A page that this worker holds.

    Attributes:
        digest: key of the URL within the run.
        url: address to request.
        parent: digest of the page that found it, empty for the root.
        hops: redirects that led here since the last real page.
        attempts: number of claims, this one included.
    """

    run_id: str
    digest: str
    url: str
    depth: int
    parent: str
    hops: int
    attempts: int


@dataclass(frozen=True)
class PageResult:
    """Result of a page.

    Attributes:
        state: ``fetched`` (a page that was read, or a redirect), ``failed`` or ``skipped``
            (not requested, or not read: not a page).
        new_links / checksum: number and fingerprint sum of the pages that this page added.
        dropped: links left out because the budget was used up.
        cut: links left out by trap rules, by rule.
    """

    state: str
    status_code: int | None = None
    title: str | None = None
    content_type: str | None = None
    bytes: int = 0
    error: str | None = None
    new_links: int = 0
    checksum: int = 0
    dropped: int = 0
    cut: dict[str, int] = field(default_factory=dict)


def key(run_id: str, digest: str) -> dict[str, str]:
    """Return a record's key; the digest's first digit picks the hash key."""
    return {"shard": f"{run_id}#{digest[0]}", "url_digest": digest}


def fingerprint(digest: str) -> int:
    """Return 48 bits of a digest for sums (the high end picks the shard)."""
    return int(digest[-12:], 16)


def new_record(run_id: str, url: str, depth: int, parent: str, hops: int = 0) -> Item:
    """Return the record of a page that was just found."""
    now = now_ms()
    return {
        **key(run_id, canonical_urls.key(url)),
        "url": url,
        "depth": depth,
        "parent": parent,
        "hops": hops or None,
        "state": QUEUED,
        "version": 1,
        "updated_at": now,
        "expires_at": now // 1000 + KEEP_PAGES_SECONDS,
    }


def mark(record: Item) -> Item | None:
    """Write a record unless the URL is known.

    Returns:
        ``None`` if it was written, else the record that was there first.
    """
    written = VISITED.insert(record)
    return None if written else written.item or {}


def known(run_id: str, digests: Iterable[str]) -> dict[str, Item]:
    """Return existing records by digest (eventually consistent, see `mark`)."""
    found = VISITED.get_many(key(run_id, digest) for digest in digests)
    return {item["url_digest"]: item for item in found}


def claim(run_id: str, url: str, holder: str, heir_of: str | None = None) -> ClaimedPage | None:
    """Take a queued page, so that a duplicate of its message fetches nothing.

    Args:
        holder: id of the message; its own later deliveries may claim again.
        heir_of: id of the message that this one was sent in place of.

    Returns:
        ``None`` if the page is done, is gone, or is held by another message that is alive.
    """
    now = now_ms()
    claimed = VISITED.update(
        key(run_id, canonical_urls.key(url)),
        "SET #holder = :holder, #updated_at = :now ADD #attempts :one, #version :one",
        {
            "holder": holder,
            "before": heir_of or holder,
            "now": now,
            "one": 1,
            "queued": QUEUED,
            "abandoned": now - CLAIM_MS,
        },
        "#state = :queued AND (attribute_not_exists(#holder) OR #holder = :holder"
        " OR #holder = :before OR #updated_at < :abandoned)",
        returning="ALL_NEW",
    )
    return page_of(run_id, claimed.item) if claimed and claimed.item else None


def page_of(run_id: str, item: Item) -> ClaimedPage:
    """Return a record as the page to work on."""
    return ClaimedPage(
        run_id, item["url_digest"], item["url"], item["depth"], item["parent"],
        item.get("hops", 0), item.get("attempts", 0),
    )  # fmt: skip


def settle(page: ClaimedPage, result: PageResult) -> bool:
    """Change a page from queued to its result, once; this is its last change.

    Returns:
        False if another worker settled it before.
    """
    values = _values(result)
    present = {name: value for name, value in values.items() if value is not None}
    sets = ", ".join(f"#{name} = :{name}" for name in present)
    settled = VISITED.update(
        key(page.run_id, page.digest),
        f"SET {sets} ADD #version :one",
        {**present, "one": 1, "queued": QUEUED},
        "#state = :queued",
    )
    return bool(settled)


def settled_record(page: ClaimedPage, result: PageResult) -> Item:
    """Return the record of a page whose first change is its last one."""
    record = new_record(page.run_id, page.url, page.depth, page.parent, page.hops)
    return {**record, **_values(result)}


def _values(result: PageResult) -> dict[str, Any]:
    """Attributes by which a result changes a record."""
    now = now_ms()
    return {
        "state": result.state,
        "status_code": result.status_code,
        "title": result.title,
        "content_type": result.content_type,
        "bytes": result.bytes or None,
        "error": result.error,
        "new_links": result.new_links or None,
        "checksum": result.checksum or None,
        "dropped": result.dropped or None,
        **{f"cut_{rule}": count for rule, count in result.cut.items()},
        "fetched_at": now,
        "updated_at": now,
    }


def withdraw(run_id: str, digest: str) -> bool:
    """Remove a record that no worker has claimed; False if one has."""
    withdrawn = VISITED.delete(
        key(run_id, digest),
        "#state = :queued AND attribute_not_exists(#holder)",
        {"queued": QUEUED},
    )
    return bool(withdrawn)


def remove(records: Iterable[Item]) -> None:
    """Delete records, whatever their state: for erasures."""
    keys = [{name: record[name] for name in ("shard", "url_digest")} for record in records]
    VISITED.batch_write(deletes=keys)
