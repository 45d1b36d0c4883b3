"""Visited records: one item per URL and run, the truth about every page.

Raw items instead of models: every link of every page passes through here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.crawler.core.limits import CLAIM_MS, KEEP_PAGES_SECONDS, RUN_MS
from chalicelib.crawler.core.models import HOSTS, VISITED, Run

from shared.aws.dynamo import Item
from shared.base.clock import now_ms
from shared.text import canonical_urls

QUEUED, FETCHED, FAILED, SKIPPED = "queued", "fetched", "failed", "skipped"
# Error of a page that was read, but leads out of the run's scope.
LEAVES_SCOPE = "redirect_out_of_scope"


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
        new_links / checksum: number and fingerprint sum of the pages that this page added; by
            hosts, ``new_links`` counts what it was first to find on its host.
        dropped: links left out because the budget was used up, or behind a sitemap's limit.
        cut: links left out by trap rules, by rule.
        redirect_to: address that the answer leads to, in scope or not.
        latency_ms: time to the end of the answer; ``retry_after``: seconds that the server
            asks to wait.
        unchanged: compared with the base run, where there is one.
        links: (address, kind, relation, text) of each link, if the run keeps them.
        response: the answer, if the run archives it; see `fetching.details`.
        others: see `extract.links.Document`.

    Validators, digests and other short texts become part of the record (`_SHORT`); lists and
    contents only go to the run's files.
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
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    simhash: str | None = None
    description: str | None = None
    language: str | None = None
    canonical: str | None = None
    alternates: tuple[tuple[str, str], ...] = ()
    next: str | None = None
    headings: tuple[str, ...] = ()
    robots: str | None = None
    structured: dict[str, Any] | None = None
    fields: dict[str, Any] | None = None
    links: Sequence[tuple[str, str, str, str]] = ()
    redirect_to: str | None = None
    latency_ms: int | None = None
    retry_after: int | None = None
    unchanged: bool | None = None
    response: Any = None


# Attributes that a record keeps as they are, with the characters that fit: with them it
# stays below 1 KB, so that a page costs no unit more.
_SHORT = {
    "etag": 128, "last_modified": 40, "digest": 32, "simhash": 16, "description": 120,
    "language": 20, "canonical": 300, "robots": 60, "redirect_to": 300,
}  # fmt: skip


def key(run_id: str, digest: str) -> dict[str, str]:
    """Return a record's key; the digest's first digit picks the hash key."""
    return {"shard": f"{run_id}#{digest[0]}", "url_digest": digest}


def fingerprint(digest: str) -> int:
    """Return 48 bits of a digest for sums (the high end picks the shard)."""
    return int(digest[-12:], 16)


def new_record(run: Run, url: str, depth: int, parent: str, hops: int = 0) -> Item:
    """Return the record of a page that was just found."""
    now = now_ms()
    return {
        **key(run.id, canonical_urls.key(url)),
        "url": url,
        "depth": depth,
        "parent": parent,
        "hops": hops or None,
        "state": QUEUED,
        "version": 1,
        "updated_at": now,
        "expires_at": now // 1000 + keep_seconds(run),
    }


def keep_seconds(run: Run) -> int:
    """Return the seconds for which a run keeps its records.

    A plain run needs them to the end of the run, whatever it says.
    """
    if run.keep_days is None:
        return KEEP_PAGES_SECONDS
    seconds = max(1, int(run.keep_days)) * 24 * 3600
    return seconds if run.frontier == HOSTS else max(seconds, RUN_MS // 1000 + 24 * 3600)


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
    values = _values(page, result)
    present = {name: value for name, value in values.items() if value is not None}
    sets = ", ".join(f"#{name} = :{name}" for name in present)
    settled = VISITED.update(
        key(page.run_id, page.digest),
        f"SET {sets} ADD #version :one",
        {**present, "one": 1, "queued": QUEUED},
        "#state = :queued",
    )
    return bool(settled)


def settled_record(run: Run, page: ClaimedPage, result: PageResult) -> Item:
    """Return the record of a page whose first change is its last one."""
    record = new_record(run, page.url, page.depth, page.parent, page.hops)
    return {**record, **_values(page, result)}


def _values(page: ClaimedPage, result: PageResult) -> dict[str, Any]:
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
        "latency_ms": result.latency_ms,
        "unchanged": result.unchanged,
        **_short(page, result),
        "fetched_at": now,
        "updated_at": now,
    }


def _short(page: ClaimedPage, result: PageResult) -> Item:
    """Short texts of a record; an address that does not fit is left out."""
    found = {name: getattr(result, name) for name in _SHORT}
    if found["canonical"] == page.url:
        found["canonical"] = None
    if found["description"]:
        found["description"] = found["description"][: _SHORT["description"]]
    return {name: one for name, one in found.items() if one and len(one) <= _SHORT[name]}


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
