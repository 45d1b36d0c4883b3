"""Contents of an unchanged page, from the files of the base run.

A 304 has no body. So that the files of a recrawl are as whole as those of any other run, it
takes over the row and the links of the base run, which may have taken them over itself.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from chalicelib.crawler.core.models import HOSTS
from chalicelib.crawler.fetching.profiles import Profile
from chalicelib.crawler.store import objects, rows

from shared.aws.dynamo import Item
from shared.base.process import Cache, process

# Of a page's row, what its record does not have.
_ROW = ("alternates", "next", "headings", "structured", "fields")
# Rows of pages and links that a process keeps: some 20 MB.
_KEPT = 40_000
_Links = tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True)
class _Part:
    """Rows and links of a part, by address."""

    pages: Mapping[str, Item]
    links: Mapping[str, _Links]

    @property
    def size(self) -> int:
        return 1 + len(self.pages) + sum(map(len, self.links.values()))


_parts: Cache[tuple[str, str], _Part] = process.cache(_KEPT, size=lambda part: part.size)


def contents(profile: Profile, item: Item) -> dict[str, Any]:
    """Return a page's attributes from the files of the base run.

    They are attributes of a `PageResult`.

    Calls: two of S3 per part and process.

    Args:
        item: the page's record in the base run.
    """
    base = profile.base_run
    if base is None:
        return {}
    # The part of a page of a plain run has the page's name.
    name = str(item.get("holder", "")) if profile.base_frontier == HOSTS else item["url_digest"]
    part = _parts.get((base, name)) or _parts.put((base, name), _read(base, name))
    row = part.pages.get(item["url"], {})
    found: dict[str, Any] = {name: row[name] for name in _ROW if name in row}
    if not profile.wanted.fields:
        found.pop("fields", None)
    if not profile.wanted.structured:
        found.pop("structured", None)
    if profile.wanted.graph:
        found["links"] = part.links.get(item["url"], ())
    return found


def _read(run_id: str, name: str) -> _Part:
    pages = rows.unpack_pages(_object(run_id, objects.PAGES, f"{name}.jsonl.gz"))
    links: dict[str, list[tuple[str, str, str, str]]] = {}
    for row in rows.unpack_links(_object(run_id, objects.GRAPH, f"{name}.csv.gz")):
        source, target, kind, rel, text = row
        # A redirect follows from the record.
        if kind != rows.REDIRECT:
            links.setdefault(source, []).append((target, kind, rel, text))
    whole = {source: tuple(found) for source, found in links.items()}
    return _Part({row["url"]: row for row in pages}, whole)


def _object(run_id: str, kind: str, name: str) -> bytes:
    """Return the unpacked object of a part; empty if the run keeps none."""
    try:
        return gzip.decompress(objects.read(objects.prefix(run_id, kind) + name))
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return b""
        raise
