"""CDXJ: the index by which replay finds a record in a WARC file."""

import json
import re

from ada_url import URL

_WORLD_WIDE_WEB = re.compile(r"www\d*\.")
# Session ids, which archives leave out of keys.
_SESSION_QUERY = re.compile(r"(?:jsessionid|phpsessid|aspsessionid[a-z]{8})=[0-9a-z]{24,32}(?:&|$)")


def sort_key(url: str) -> str:
    """Return an address as replay tools sort it: ``org,example)/path?a=1``.

    These are the rules of the Internet Archive's SURT: labels of the host in reverse,
    addresses too, no ``www``, lower case, no slash at the end, parameters sorted.
    """
    parsed = URL(url)
    host = _WORLD_WIDE_WEB.sub("", parsed.hostname.lower(), count=1)
    host = host.strip("[]") if host.startswith("[") else ",".join(reversed(host.split(".")))
    port = f":{parsed.port}" if parsed.port else ""
    path = re.sub("/+", "/", parsed.pathname.lower()).rstrip("/") or "/"
    query = _SESSION_QUERY.sub("", parsed.search[1:].lower())
    ordered = "&".join(sorted(query.split("&")))
    return f"{host}{port}){path}{'?' if ordered else ''}{ordered}"


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
