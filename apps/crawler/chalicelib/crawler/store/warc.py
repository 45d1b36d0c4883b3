"""One WARC 1.1 file in memory: a gzip member per record, and its index.

warcio and not FastWARC, which is ten times as fast but has no wheels for Lambda.
"""

import base64
import gzip
import hashlib
import io
import uuid
from datetime import UTC, datetime

from chalicelib.crawler.core import limits
from chalicelib.crawler.store import cdxj
from chalicelib.crawler.store.port import Response

# Codings that a stored body no longer has. Their headers stay readable under another name.
_CODINGS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_LEVEL = 6
_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"


class WarcPart:
    """Collects the records of one part.

    Args:
        name: of the file, as the index names it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._body = bytearray()
        self._index: list[str] = []

    @property
    def size(self) -> int:
        """Bytes so far."""
        return len(self._body)

    def add(self, url: str, at_ms: int, response: Response) -> None:
        """Append the response of a page, and its request."""
        moment = _moment(at_ms)
        if not self._body:
            info = f"software: {limits.user_agent()}\r\nformat: WARC File Format 1.1\r\n".encode()
            headers = {"WARC-Filename": self._name, "Content-Type": "application/warc-fields"}
            self._append("warcinfo", headers, info, moment)
        payload = hashlib.sha1(response.body, usedforsecurity=False).digest()
        headers = {"WARC-Target-URI": url, "Content-Type": "application/http;msgtype=response"}
        if response.ip_address:
            headers["WARC-IP-Address"] = response.ip_address
        if response.truncated:
            headers["WARC-Truncated"] = response.truncated
        kind = "response"
        if response.refers_to is not None:
            kind = "revisit"
            headers |= {
                "WARC-Profile": _NOT_MODIFIED, "WARC-Refers-To-Target-URI": url,
                "WARC-Refers-To-Date": _date(_moment(response.refers_to)),
            }  # fmt: skip
        offset, length, identity = self._append(kind, headers, _http(response), moment, payload)
        self._index.append(
            cdxj.line(
                url, moment.strftime("%Y%m%d%H%M%S"),
                mime=_mime(response) if kind == "response" else "warc/revisit",
                status=int(response.status_line.split(" ", 2)[1]),
                digest=_digest(payload),
                offset=offset, length=length, file=self._name,
            )
        )  # fmt: skip
        if response.request:
            headers = {
                "WARC-Target-URI": url, "WARC-Concurrent-To": identity,
                "Content-Type": "application/http;msgtype=request",
            }  # fmt: skip
            sent = response.request.encode()
            body = hashlib.sha1(sent.partition(b"\r\n\r\n")[2], usedforsecurity=False).digest()
            self._append("request", headers, sent, moment, body)

    def finish(self) -> tuple[bytes, bytes]:
        """Return the file and its index, sorted."""
        return bytes(self._body), "".join(sorted(self._index)).encode()

    def _append(
        self,
        kind: str,
        headers: dict[str, str],
        content: bytes,
        moment: datetime,
        payload: bytes | None = None,
    ) -> tuple[int, int, str]:
        """Write a record; returns its offset, length and id."""
        from warcio.recordloader import ArcWarcRecord
        from warcio.statusandheaders import StatusAndHeaders
        from warcio.warcwriter import WARCWriter

        identity = f"<urn:uuid:{uuid.uuid4()}>"
        block = hashlib.sha1(content, usedforsecurity=False).digest()
        told = {
            "WARC-Type": kind,
            "WARC-Record-ID": identity,
            "WARC-Date": _date(moment),
            **headers,
            "WARC-Block-Digest": _digest(block),
            "WARC-Payload-Digest": _digest(block if payload is None else payload),
        }
        head = StatusAndHeaders("", list(told.items()), protocol="WARC/1.1")
        stream, raw = io.BytesIO(content), io.BytesIO()
        record = ArcWarcRecord("warc", kind, head, stream, None, told["Content-Type"], len(content))
        # Compressed here: at a level of our own.
        WARCWriter(raw, gzip=False, warc_version="WARC/1.1").write_record(record)
        member = gzip.compress(raw.getvalue(), _LEVEL)
        offset = len(self._body)
        self._body += member
        return offset, len(member), identity


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _date(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


def _digest(sha1: bytes) -> str:
    return f"sha1:{base64.b32encode(sha1).decode()}"


def _http(response: Response) -> bytes:
    """HTTP message of a response, with the length of the body as it is stored."""
    lines = [response.status_line]
    for name, value in response.headers:
        coded = name.lower() in _CODINGS
        lines.append(f"{'X-Archive-Orig-' if coded else ''}{name}: {value}")
    lines.append(f"Content-Length: {len(response.body)}")
    head = "\r\n".join(line.replace("\r", " ").replace("\n", " ") for line in lines)
    # Raw bytes were read as Latin-1.
    return head.encode("latin-1", "replace") + b"\r\n\r\n" + response.body


def _mime(response: Response) -> str:
    for name, value in response.headers:
        if name.lower() == "content-type":
            return value.partition(";")[0].strip().lower() or "unk"
    return "unk"
