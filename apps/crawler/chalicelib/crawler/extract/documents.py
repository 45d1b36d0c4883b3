"""The document in an answer: a page, a sitemap or a feed."""

from chalicelib.crawler.extract import links, sitemaps
from chalicelib.crawler.extract.links import Document, FoundLink
from chalicelib.crawler.extract.sitemaps import Listing
from chalicelib.crawler.extract.wanted import Wanted

from shared.net.answers import Fetched
from shared.net.sniffing import HTML

# Of a gzipped sitemap, decoded.
_LISTING_BYTES = 10_000_000


def of(answer: Fetched, wanted: Wanted) -> Document | None:
    """Read the document of an answer; ``None`` if it has no wanted one."""
    if answer.status >= 400 or not answer.body:
        return None
    headers = answer.headers
    header = headers.get("content-type", "")
    if answer.content_type.startswith(HTML):
        return links.parse(
            answer.body, header, answer.url, headers.get("x-robots-tag", ""),
            language_header=headers.get("content-language", ""), wanted=wanted,
        )  # fmt: skip
    if not (wanted.sitemaps or wanted.feeds):
        return None
    found = sitemaps.read(answer.body, header, _LISTING_BYTES)
    if found is None or not _is_wanted(found, answer, wanted):
        return None
    kind = "sitemap" if found.kind == "index" else "entry"
    followed = links.addresses(found.urls, answer.url)
    noted = tuple(FoundLink(url, kind) for url in followed) if wanted.graph else ()
    return Document(found.title, followed, found=noted, cut=found.cut)


def _is_wanted(found: Listing, answer: Fetched, wanted: Wanted) -> bool:
    if found.kind == "feed":
        return wanted.feeds
    # Any text may begin with an address.
    text = answer.content_type == "text/plain"
    return wanted.sitemaps and (not text or "sitemap" in answer.url.lower())
