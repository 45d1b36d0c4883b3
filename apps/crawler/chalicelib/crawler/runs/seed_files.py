"""Start pages in a file: lines of text, a CSV table or a sitemap."""

import codecs
import csv
import io
from itertools import islice

from chalicelib.crawler.core.limits import MAX_SEEDS
from chalicelib.crawler.extract import sitemaps
from chalicelib.crawler.extract.charset import text_of

from shared.base.errors import invalid_request

# Names of the column with the addresses, in any case; without one of them the first column
# with an address counts.
COLUMNS = ("url", "address", "loc", "link", "page")
_MAX_BYTES = 12_000_000
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read(body: bytes) -> list[str]:
    """Return the addresses in a file, in order, unchecked.

    Blank lines and ``#`` comments are left out.

    Args:
        body: text, CSV or a sitemap (XML, perhaps gzipped), in any common encoding.

    Raises:
        Problem: 400 for a file without addresses or with too many, an index of sitemaps, and
            what is larger unpacked than `_MAX_BYTES`.
    """
    body = sitemaps.expanded(body, _MAX_BYTES + 1)
    if len(body) > _MAX_BYTES:
        message = f"seeds: the file has more than {_MAX_BYTES // 10**6} MB, unpacked"
        raise invalid_request(message, seeds="")
    is_xml = _text(body[:200]).lstrip().startswith("<")
    found = _of_sitemap(body) if is_xml else _of_lines(_text(body))
    if not found:
        raise invalid_request("seeds: the file has no addresses", seeds="")
    if len(found) > MAX_SEEDS:
        message = f"seeds: the file has more than {MAX_SEEDS} addresses"
        raise invalid_request(message, seeds=found[MAX_SEEDS])
    return found


def _of_sitemap(body: bytes) -> list[str]:
    listing = sitemaps.read(body, "application/xml", _MAX_BYTES, most=MAX_SEEDS + 1)
    if listing is None:
        raise invalid_request("seeds: the file is neither text, CSV nor a sitemap", seeds="")
    if listing.kind == "index":
        raise invalid_request("seeds: an index of sitemaps; upload a sitemap itself", seeds="")
    return listing.urls


def _of_lines(text: str) -> list[str]:
    stripped = (one.strip() for one in io.StringIO(text))
    filled = (one for one in stripped if one and not one.startswith("#"))
    # One more than may be, and a header: the caller counts.
    lines = list(islice(filled, MAX_SEEDS + 2))
    separator = _separator(lines)
    if separator is None:
        return lines
    # A line is a row: addresses have no line breaks.
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    first = [cell.strip().lower() for cell in rows[0]]
    named = next((first.index(name) for name in COLUMNS if name in first), None)
    if named is not None:
        cells = [row[named].strip() for row in rows[1:] if len(row) > named]
    else:
        cells = [_address(row) for row in rows]
    return [cell for cell in cells if cell]


def _separator(lines: list[str]) -> str | None:
    """Return what separates the columns of a table; ``None`` for plain lines.

    Addresses may contain commas and semicolons themselves, so only a header or quotes make a
    table of them.
    """
    head = lines[0] if lines else ""
    if head.startswith(("http://", "https://")):
        return "\t" if "\t" in head else None
    if head.strip('"').lower() in COLUMNS:
        # A single column: nothing separates, but quotes count.
        return "\t"
    return next((one for one in "\t;," if one in head), None)


def _address(row: list[str]) -> str:
    cells = (cell.strip() for cell in row)
    return next((cell for cell in cells if cell.startswith(("http://", "https://"))), "")


def _text(body: bytes) -> str:
    for mark, name in _WIDE.items():
        if body.startswith(mark):
            return body.decode(name, "replace").lstrip("\ufeff")
    return text_of(body, "text/plain").lstrip("\ufeff")
