"""The bucket ``store``: everything of a run is below ``runs/<id>/``."""

import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from chalicelib.crawler.core.names import DOMAIN, STORE_BUCKET
from chalicelib.crawler.core.parts import work_of

from shared.aws import sdk
from shared.base.config import settings

PAGES, GRAPH, WARC, CDXJ, EXPORTS = "pages", "graph", "warc", "cdxj", "exports"
# S3 deletes and lists this many objects per call.
_BATCH = 1000
# Objects read at a time: parts are small, so their latency counts.
_READERS = 16


def bucket() -> str:
    """Return the name of the bucket."""
    return settings().bucket(DOMAIN, STORE_BUCKET)


def prefix(run_id: str, kind: str = "") -> str:
    """Return the prefix of a run's objects, or of those of one kind."""
    return f"runs/{run_id}/{kind}/" if kind else f"runs/{run_id}/"


def put(key: str, body: bytes, content_type: str) -> None:
    """Write an object; written again, it is the same one."""
    sdk.client("s3").put_object(Bucket=bucket(), Key=key, Body=body, ContentType=content_type)


def keys(run_id: str, kind: str) -> Iterator[str]:
    """Iterate over the keys of a run's objects of one kind, in order."""
    return (key for key, _ in _listed(run_id, kind))


def _listed(run_id: str, kind: str) -> Iterator[tuple[str, int]]:
    pages = sdk.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket(), Prefix=prefix(run_id, kind)):
        for one in page.get("Contents", ()):
            yield one["Key"], one["Size"]


def parts(run_id: str, kind: str) -> Iterator[str]:
    """Iterate over the keys of the parts that count; see `sized_parts`."""
    return (key for key, _ in sized_parts(run_id, kind))


def sized_parts(run_id: str, kind: str) -> Iterator[tuple[str, int]]:
    """Iterate over the keys of the parts that count, with their bytes.

    A turn that was repeated has a part per fencing token (`core/parts.py`), and the last one
    counts: only the last holder of a lease can have committed what the part holds.
    """
    last = ("", 0)
    for one in _listed(run_id, kind):
        if last[0] and work_of(last[0]) != work_of(one[0]):
            yield last
        last = one
    if last[0]:
        yield last


def download_name(run_id: str, name: str) -> str:
    """Return the name under which an export is downloaded."""
    return f"crawl-{run_id[:8]}-{name}"


def read(key: str, span: tuple[int, int] | None = None) -> bytes:
    """Return the bytes of an object.

    Args:
        span: first and last byte, for a piece of it.
    """
    piece = {"Range": f"bytes={span[0]}-{span[1]}"} if span else {}
    found = sdk.client("s3").get_object(Bucket=bucket(), Key=key, **piece)
    body: bytes = found["Body"].read()
    return body


def read_all(run_id: str, kind: str, most: int | None = None) -> Iterator[bytes]:
    """Iterate over the unpacked contents of the parts that count, of a kind.

    Args:
        most: parts to read; by default all.
    """
    yield from map(gzip.decompress, read_many(islice(parts(run_id, kind), most)))


def read_many(found: Iterator[str]) -> Iterator[bytes]:
    """Iterate over the bytes of objects in their order, some read ahead."""
    with ThreadPoolExecutor(_READERS) as readers:
        while pending := list(islice(found, _READERS)):
            yield from readers.map(read, pending)


def remove_some(run_id: str) -> bool:
    """Delete up to a thousand objects of a run; true if there was any."""
    s3, name = sdk.client("s3"), bucket()
    found = s3.list_objects_v2(Bucket=name, Prefix=prefix(run_id), MaxKeys=_BATCH)
    doomed = [{"Key": one["Key"]} for one in found.get("Contents", ())]
    if doomed:
        answer = s3.delete_objects(Bucket=name, Delete={"Objects": doomed, "Quiet": True})
        if answer.get("Errors"):
            raise RuntimeError(f"S3 kept objects: {answer['Errors'][0].get('Code')}")
    return bool(doomed)
