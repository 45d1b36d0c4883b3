"""Bodies of answers: decoded, bounded, and read no further than needed."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any

from urllib3 import exceptions

from shared.net import codings, dns_pinning, sniffing
from shared.net.answers import Fetched, FetchError
from shared.net.html_head import HeadScanner

_CHUNK = 65_536
_MAX_HEADER_BYTES = 65_536
# Deflate tops out near 1030:1; real pages stay under 50:1.
_MAX_RATIO, _RATIO_FLOOR = 200, 1_000_000
# Headers of which the first counts; a joined one would be no URL.
_SINGLE = ("location", "refresh")


@dataclass(frozen=True)
class Extent:
    """Part of a body that is wanted; see `shared.net.fetch.fetch`."""

    max_bytes: int
    truncate: bool
    partial: bool
    accept: tuple[str, ...] | None
    head_after: int | None


def read(response: Any, url: str, extent: Extent) -> Fetched:
    """Read an answer whose head has arrived.

    Raises:
        FetchError: ``too_large``, ``decode``, ``http``. urllib3's HTTPError, OSError.
    """
    headers = {name.lower(): value for name, value in response.headers.itermerged()}
    if sum(len(name) + len(value) for name, value in headers.items()) > _MAX_HEADER_BYTES:
        raise FetchError("http", "the headers are too large")
    for name in _SINGLE:
        if name in headers:
            headers[name] = response.headers.getlist(name)[0]
    answer = Fetched(url, response.status, headers, b"", truncated=True)
    if answer.location is not None or not _may_fit(answer, extent.accept):
        return answer
    return _Body(response, answer, extent).read()


def _may_fit(answer: Fetched, accept: tuple[str, ...] | None) -> bool:
    """Return true unless the head alone tells that the body is not wanted."""
    if accept is None:
        return True
    stated = sniffing.declared(answer.headers.get("content-type", ""))
    known = sniffing.media_type(stated, b"")
    return known.startswith(accept) or sniffing.depends_on_content(stated)


class _Body:
    def __init__(self, response: Any, answer: Fetched, extent: Extent) -> None:
        self._response, self._answer, self._extent = response, answer, extent
        self._decoder = codings.Decoder(answer.headers.get("content-encoding", ""))
        self._chunks: list[bytes] = []
        self._size = 0
        self._scanner: HeadScanner | None = None

    def read(self) -> Fetched:
        extent = self._extent
        try:
            for chunk in self._decoded():
                self._chunks.append(chunk)
                self._size += len(chunk)
                if not self._wanted():
                    return replace(self._answer, media_type=self._media_type())
                if self._size > extent.max_bytes:
                    if not extent.truncate:
                        message = f"the body is larger than {extent.max_bytes} bytes"
                        raise FetchError("too_large", message)
                    return self._result(truncated=True)
                if self._head_is_over(chunk):
                    return self._result(truncated=True)
        except codings.UnknownCoding as error:
            message = "the body has a content coding that was not asked for"
            raise FetchError("decode", message) from error
        except zlib.error as error:
            if not (extent.partial and self._size):
                raise FetchError("decode", "the body's content coding is broken") from error
            return self._result(truncated=True, broken=True)
        except (exceptions.HTTPError, HTTPException, OSError):
            # Browsers show the beginning of a page that breaks off.
            if not (extent.partial and self._size):
                raise
            return self._result(truncated=True, broken=True)
        if not self._decoder.complete:
            if not extent.partial:
                raise FetchError("decode", "the body's content coding is broken")
            return self._result(truncated=False, broken=True)
        return self._result(truncated=False)

    def _decoded(self) -> Iterator[bytes]:
        """Yield decoded pieces, none larger than is still of use."""
        decode, wire = self._decoder.decode, 0
        while data := self._response.read1(_CHUNK, decode_content=False):
            wire += len(data)
            while data or self._decoder.waiting:
                room = min(_CHUNK, self._extent.max_bytes + 1 - self._size)
                if piece := decode(data, room):
                    yield piece
                data = b""
                if self._size > _RATIO_FLOOR and self._size > _MAX_RATIO * wire:
                    raise FetchError("too_large", "the body expands beyond reason")
            dns_pinning.remaining()
        if rest := self._decoder.finish():
            yield rest

    def _wanted(self) -> bool:
        """Return true unless the content is of another type than accepted."""
        accept = self._extent.accept
        if accept is None or self._answer.media_type is not None:
            return True
        if self._size < sniffing.HEAD_BYTES:
            return True
        self._answer = replace(self._answer, media_type=self._media_type())
        return self._answer.content_type.startswith(accept)

    def _media_type(self) -> str:
        headers = self._answer.headers
        nosniff = headers.get("x-content-type-options", "").strip().lower() == "nosniff"
        head = b"".join(self._chunks)
        return sniffing.media_type(headers.get("content-type", ""), head, nosniff=nosniff)

    def _head_is_over(self, chunk: bytes) -> bool:
        after = self._extent.head_after
        if after is None or self._size <= after:
            return False
        if self._scanner is None:
            self._scanner = HeadScanner()
            chunk = b"".join(self._chunks)
        return self._scanner.feed(chunk)

    def _result(self, *, truncated: bool, broken: bool = False) -> Fetched:
        accept, kind = self._extent.accept, self._answer.media_type
        if accept is not None and kind is None and self._chunks:
            kind = self._media_type()
        answer = replace(self._answer, media_type=kind)
        if accept is not None and self._chunks and not answer.content_type.startswith(accept):
            return replace(answer, truncated=truncated, broken=broken)
        body = b"".join(self._chunks)[: self._extent.max_bytes]
        return replace(answer, body=body, truncated=truncated, broken=broken)
