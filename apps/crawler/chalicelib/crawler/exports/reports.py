"""Reports on pages: sitemap, duplicates, difference of two runs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from chalicelib.crawler.core.models import Run
from chalicelib.crawler.exports import sources
from chalicelib.crawler.exports.graph import key_of
from chalicelib.crawler.exports.tables import chunks, csv_file
from chalicelib.crawler.extract.wanted import Wanted
from chalicelib.crawler.runs import runs

from shared.aws.dynamo import Item
from shared.base.clock import iso

# sitemaps.org allows so many addresses per file. A run has at most 100,000 pages.
SITEMAP_URLS = 50_000
SITEMAP_PARTS = ("sitemap-1.xml", "sitemap-2.xml")
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
# Texts whose simhashes differ in at most so many of 64 bits are near duplicates.
NEAR_BITS = 3
_BANDS = 4
_COMPARED = ("status_code", "digest", "title", "redirect_to")


class ReportRefused(Exception):
    """The run has no such report; the message says why."""


def sitemap_xml(run: Run) -> Iterator[bytes]:
    """Pages that search engines may index, as sitemap.xml.

    More than `SITEMAP_URLS` make it an index of `SITEMAP_PARTS`, beside it on the site.
    """
    entries = _sitemap_entries(run)
    first = list(islice(entries, SITEMAP_URLS))
    more = sum(1 for _ in entries)
    if not more:
        yield from _sitemap("urlset", first)
        return
    site = urlsplit(run.url)
    parts = SITEMAP_PARTS[: 1 + -(-more // SITEMAP_URLS)]
    addresses = (escape(f"{site.scheme}://{site.netloc}/{name}") for name in parts)
    yield from _sitemap(
        "sitemapindex", (f"<sitemap><loc>{one}</loc></sitemap>\n" for one in addresses)
    )


def sitemap_part(run: Run, number: int) -> Iterator[bytes]:
    """One of the files that a large sitemap's index names.

    Args:
        number: of the part, from 0.

    Raises:
        ReportRefused: the sitemap has no such part.
    """
    start = number * SITEMAP_URLS
    found = list(islice(_sitemap_entries(run), start, start + SITEMAP_URLS))
    if not found:
        raise ReportRefused("sitemap.xml needs no such part.")
    yield from _sitemap("urlset", found)


def _sitemap(kind: str, entries: Iterable[str]) -> Iterator[bytes]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="{_SITEMAPS}">\n'.encode()
    for some in chunks(entries, 1000):
        yield "".join(some).encode()
    yield f"</{kind}>\n".encode()


def _sitemap_entries(run: Run) -> Iterator[str]:
    for row in sources.pages(run):
        if _indexable(row):
            at = row.get("fetched_at")
            day = "" if at is None else f"<lastmod>{iso(int(at))[:10]}</lastmod>"
            yield f"<url><loc>{escape(row['url'])}</loc>{day}</url>\n"


def duplicates_csv(run: Run) -> Iterator[bytes]:
    """Pages with the same text, and those with nearly the same, in groups."""
    pages = [row for row in sources.pages(run) if row["state"] == "fetched" and row.get("digest")]
    groups: dict[str, list[Item]] = defaultdict(list)
    for row in pages:
        groups[row["digest"]].append(row)
    rows: list[list[Any]] = []
    for number, found in enumerate(group for group in groups.values() if len(group) > 1):
        rows += [[number + 1, "same", row["url"], row.get("title")] for row in found]
    offset = rows[-1][0] if rows else 0
    singles = [found[0] for found in groups.values()]
    for number, near in enumerate(_near(singles)):
        rows += [[offset + number + 1, "similar", row["url"], row.get("title")] for row in near]
    yield from csv_file(("group", "kind", "url", "title"), rows)


def difference_csv(run: Run, base: Run) -> Iterator[bytes]:
    """Changes of a site from an earlier run to this one: added, changed, gone."""
    found = Changes(run, base).of(sources.pages(base), sources.pages(run))
    yield from csv_file(("change", "url", "status_before", "status_now", "what"), found)


class Changes:
    """Compares the pages of two runs."""

    def __init__(self, run: Run, base: Run) -> None:
        # Digests of bodies and digests of texts tell nothing of each other.
        same = _digests_texts(run) == _digests_texts(base)
        self._names = [name for name in _COMPARED if same or name != "digest"]

    def of(self, before: Iterable[Item], now: Iterable[Item]) -> Iterator[list[Any]]:
        """Yield change, address, both statuses, and what differs, as words.

        Args:
            before / now: rows of pages with their ``key``.
        """
        known = {row["key"]: _compared(row) for row in before}
        for row in now:
            old = known.pop(row["key"], None)
            status = row.get("status_code")
            if old is None:
                yield ["added", row["url"], None, status, ""]
            elif what := [name for name in self._names if old.get(name) != _content(row, name)]:
                yield ["changed", row["url"], old.get("status_code"), status, " ".join(what)]
        for old in known.values():
            yield ["gone", old["url"], old.get("status_code"), None, ""]


def _digests_texts(run: Run) -> bool:
    return Wanted.of(runs.options_of(run)).text


def _compared(row: Item) -> Item:
    return {name: _content(row, name) for name in ("url", *_COMPARED) if name in row}


def _content(row: Item, name: str) -> Any:
    """Attribute of the page itself: a 304 says that the page is as it was."""
    return 200 if name == "status_code" and row.get(name) == 304 else row.get(name)


def _indexable(row: Item) -> bool:
    if row["state"] != "fetched" or _content(row, "status_code") != 200:
        return False
    if "noindex" in str(row.get("robots", "")).lower():
        return False
    canonical = row.get("canonical")
    return not canonical or key_of(canonical) == row["key"]


def _near(rows: list[Item]) -> Iterator[list[Item]]:
    """Groups of pages whose simhashes are close.

    Two hashes of 64 bits that differ in at most three have one of four quarters in common,
    so only pages that share a quarter are compared.
    """
    hashes = [int(row.get("simhash") or "0", 16) for row in rows]
    parents = list(range(len(rows)))

    def top(one: int) -> int:
        while parents[one] != one:
            parents[one] = one = parents[parents[one]]
        return one

    for band in range(_BANDS):
        buckets: dict[int, list[int]] = defaultdict(list)
        for number, value in enumerate(hashes):
            if value:
                buckets[value >> 16 * band & 0xFFFF].append(number)
        for members in buckets.values():
            # A bucket of many is compared with its neighbours only: work stays linear.
            for place, one in enumerate(members):
                for other in members[place + 1 : place + 50]:
                    if (hashes[one] ^ hashes[other]).bit_count() <= NEAR_BITS:
                        parents[top(other)] = top(one)
    groups: dict[int, list[Item]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[top(number)].append(row)
    yield from (group for group in groups.values() if len(group) > 1)
