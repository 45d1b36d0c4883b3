"""The archived bodies of a run as one WARC file, with its index.

A gzip member is a record, so parts are simply put together.
"""

import json
from collections.abc import Iterator

from chalicelib.crawler.core.models import Run
from chalicelib.crawler.exports.reports import ReportRefused
from chalicelib.crawler.store import objects

# Made in one pass of fifteen minutes.
MAX_BYTES = 20 * 10**9
WARC_NAME, INDEX_NAME = "archive.warc.gz", "archive.cdxj"


def warc_file(run: Run) -> Iterator[bytes]:
    """Yield the WARC file, part by part.

    Raises:
        ReportRefused: it would be larger than `MAX_BYTES`.
    """
    size = sum(length for _, length in objects.sized_parts(run.id, objects.WARC))
    if size > MAX_BYTES:
        raise ReportRefused(f"The archive has {size} bytes; a file may have {MAX_BYTES}.")
    yield from objects.read_many(objects.parts(run.id, objects.WARC))


def index_file(run: Run) -> Iterator[bytes]:
    """Yield the CDXJ index of the WARC file, named as in downloads.

    Memory: a line of about 300 bytes per archived answer.
    """
    sizes = list(objects.sized_parts(run.id, objects.WARC))
    name, offset = objects.download_name(run.id, WARC_NAME), 0
    lines: list[str] = []
    indexes = objects.read_many(index_key(run.id, key) for key, _ in sizes)
    for (_, size), index in zip(sizes, indexes, strict=True):
        lines += moved(index, name, offset)
        offset += size
    yield "".join(sorted(lines)).encode()


def index_key(run_id: str, warc_key: str) -> str:
    """Return the key of the index of a WARC part."""
    part = warc_key.rpartition("/")[2].removesuffix(".warc.gz")
    return f"{objects.prefix(run_id, objects.CDXJ)}{part}.cdxj"


def moved(index: bytes, file: str, offset: int) -> Iterator[str]:
    """Yield the lines of a part's index for the file that gets the part.

    Args:
        offset: of the part in the file, in bytes.
    """
    for line in index.decode().splitlines():
        key, moment, entry = line.split(" ", 2)
        found = json.loads(entry)
        found |= {"filename": file, "offset": str(int(found["offset"]) + offset)}
        yield f"{key} {moment} {json.dumps(found)}\n"
