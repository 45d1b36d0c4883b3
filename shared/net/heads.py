"""Heads of answers read as leniently as browsers do.

http.client gives up at the first header line without a colon, so that the headers
behind it (``Content-Length``, ``Location``) would be lost. Here each head is put in
order before http.client parses it.
"""

import io
import re
from collections.abc import Iterable
from http.client import HTTPException, HTTPResponse, LineTooLong
from typing import Any

_MAX_LINE, _MAX_LINES = 65_536, 100
# Heads as nearly all servers send them, with at most one header about the body's length.
_NAME = rb"[!#-'*+.^_`|~0-9A-Za-z-]+"
_PLAIN = re.compile(
    rb"(?:(?i:content-length): ?\d+\r\n|(?i:transfer-encoding): chunked\r\n"
    rb"|(?!(?i:content-length|transfer-encoding)\b)" + _NAME + rb":[\t -~]*\r\n)*"
)
_FRAMING = re.compile(rb"(?i)(?:^|\n)(?:content-length|transfer-encoding):")
# NUL, vertical tab, form feed and a lone carriage return become spaces.
_CONTROLS = bytes.maketrans(b"\0\x0b\x0c\r", b"    ")
_ENDS = (b"\r\n", b"\n", b"")


class LenientResponse(HTTPResponse):
    """Response of http.client with a tolerant head."""

    def begin(self) -> None:
        """Read the head.

        Raises:
            http.client.HTTPException: it is too large or not HTTP.
        """
        if self.headers is not None:
            return
        stream: Any = self.fp
        self.fp = _Head(stream)
        try:
            super().begin()
        finally:
            # http.client has closed the stream of a head that it refused.
            if self.fp is not None:
                self.fp = stream


class _Head:
    """Lines of heads: each status line as it is, then its headers in order.

    There are several heads after a ``100 Continue``.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._begun = False
        self._headers: io.BytesIO | None = None

    def readline(self, limit: int) -> bytes:
        if not self._begun:
            self._begun = True
            status: bytes = self._stream.readline(limit)
            return status
        if self._headers is None:
            self._headers = io.BytesIO(b"".join(in_order(_received(self._stream))))
        line = self._headers.readline()
        if line in _ENDS:
            self._begun, self._headers = False, None
        return line

    def close(self) -> None:
        self._stream.close()


def _received(stream: Any) -> list[bytes]:
    lines: list[bytes] = []
    while (line := stream.readline(_MAX_LINE + 1)) not in _ENDS:
        if len(line) > _MAX_LINE:
            raise LineTooLong("header line")
        lines.append(line)
        if len(lines) > _MAX_LINES:
            raise HTTPException(f"got more than {_MAX_LINES} headers")
    return lines


def in_order(lines: Iterable[bytes]) -> list[bytes]:
    """Return header lines that every parser reads alike, and their end.

    Lines without a colon or a name are dropped, folded ones joined, spaces before a colon
    and control characters removed. Of repeated or listed equal lengths one stays; different
    ones stay, for the parser to refuse.
    """
    received = list(lines)
    block = b"".join(received)
    if _PLAIN.fullmatch(block) and len(_FRAMING.findall(block)) < 2:
        return [*received, b"\r\n"]
    fields: list[tuple[bytes, bytes]] = []
    dropped = True
    for line in received:
        text = line.rstrip(b"\r\n").translate(_CONTROLS)
        if text[:1] in (b" ", b"\t"):
            if not dropped:
                name, value = fields[-1]
                fields[-1] = name, value + b" " + text.strip()
            continue
        name, colon, value = text.partition(b":")
        name = name.strip()
        dropped = not (colon and name) or not name.isascii() or b" " in name
        if not dropped:
            fields.append((name, value.strip()))
    return [*(name + b": " + value + b"\r\n" for name, value in _framing(fields)), b"\r\n"]


def _framing(fields: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Write lengths and transfer codings as http.client knows them."""
    kept: list[tuple[bytes, bytes]] = []
    lengths: list[bytes] = []
    for name, value in fields:
        match name.lower():
            case b"content-length":
                parts = [part.strip() for part in value.split(b",")]
                lengths += [part for part in parts if part.isdigit()]
            case b"transfer-encoding" if value.lower().rpartition(b",")[2].strip() == b"chunked":
                kept.append((name, b"chunked"))
            case _:
                kept.append((name, value))
    return [*kept, *((b"content-length", one) for one in dict.fromkeys(lengths))]
