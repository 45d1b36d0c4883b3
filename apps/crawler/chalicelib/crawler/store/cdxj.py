"""CDXJ: the index by which replay finds a record in a WARC file."""

import json
import re

from ada_url import URL

_ADDRESS = re.compile(r"[0-9.]+|\[.*\]")


def sort_key(url: str) -> str:
    """Return an address as indexes sort it, such as ``org,example)/path?a=1``."""
    parsed = URL(url)
    host = parsed.hostname.lower()
    if not _ADDRESS.fullmatch(host):
        host = ",".join(reversed(host.removeprefix("www.").split(".")))
    port = f":{parsed.port}" if parsed.port else ""
    return f"{host}{port}){(parsed.pathname or '/')}{parsed.search}".lower()


def line(
    url: str,
    moment: str,
    *,
    mime: str,
    status: int,
    digest: str,
    offset: int,
    length: int,
    file: str,
) -> str:
    """Return the index line of one record.

    Args:
        moment: fourteen digits, UTC.
        digest: of the payload, such as ``sha1:…``.
        offset / length: of the record in the file, in bytes.
    """
    entry = {
        "url": url, "mime": mime, "status": str(status), "digest": digest,
        "length": str(length), "offset": str(offset), "filename": file,
    }  # fmt: skip
    return f"{sort_key(url)} {moment} {json.dumps(entry)}\n"
