"""Content codings of bodies, by what the bodies are.

Servers label plain bodies as gzip, gzip as deflate, and name codings that do not exist.
Browsers show such pages, so the first bytes decide. Brotli has no such bytes: its label is
believed unless the body is text and not Brotli. Where the packages for Brotli or Zstandard
are not installed, they are unknown codings.
"""

import re
import zlib
from typing import Any

from shared.net import sniffing
from shared.net.layers import BrotliLayer, ZstdLayer, brotli_module, zstd_module

# gzip in gzip happens; more is an attack.
_MAX_LAYERS = 2
_GZIP, _ZLIB, _RAW = 31, 15, -15
_TRIAL_BYTES = 65_536
_GZIP_START = b"\x1f\x8b"
_COMPRESSED = re.compile(r"\b(?:x-)?(?:gzip|deflate)\b|\b(?:br|zstd)\b")


class UnknownCoding(ValueError):
    """Body in a coding that is not supported."""


class Decoder:
    """Decodes one body piece by piece, with bounded output.

    Args:
        header: ``Content-Encoding``, which says how often to look for a compressed body.
    """

    def __init__(self, header: str) -> None:
        self._header = header.strip().lower()
        raw = "deflate" in self._header
        # The last coding that was applied is the first to undo.
        named = reversed(_COMPRESSED.findall(self._header)[-_MAX_LAYERS:])
        made = [_layer(name, raw) for name in named]
        self._layers: list[Any] = [layer for layer in made if layer is not None]
        self._judged = bool(self._layers) or self._header in ("", "identity")

    @property
    def waiting(self) -> bool:
        """True if `decode` had no room for bytes that it holds."""
        return any(layer.waiting and layer.begun for layer in self._layers)

    @property
    def complete(self) -> bool:
        """True if no compressed stream lacks its end."""
        return all(layer.complete for layer in self._layers)

    def decode(self, data: bytes, limit: int) -> bytes:
        """Return the next decoded bytes, at most ``limit``.

        Empty ``data`` asks for those that had no room before.

        Raises:
            UnknownCoding: the header names no known coding, and the body is no text.
            zlib.error: the body is damaged.
        """
        if not self._judged and data:
            self._judged = True
            if sniffing.is_binary(data):
                raise UnknownCoding(self._header)
        for layer in self._layers:
            data = layer.decode(data, limit)
        return data

    def finish(self) -> bytes:
        """Return a body that was too short to be compressed."""
        return b"".join(layer.waiting for layer in self._layers if not layer.begun)


def _layer(name: str, may_be_raw: bool) -> Any:
    """Layer of a named coding; ``None`` if its package is not installed."""
    if name == "br":
        return BrotliLayer() if brotli_module() is not None else None
    if name == "zstd":
        return ZstdLayer() if zstd_module() is not None else None
    return _Layer(may_be_raw)


class _Layer:
    """One zlib stream, with further gzip members behind it; or a plain body."""

    def __init__(self, may_be_raw: bool) -> None:
        self._may_be_raw = may_be_raw
        self._window: int | None = None
        self._stream: Any = None
        self._over = False
        self.begun = False
        self.waiting = b""

    @property
    def complete(self) -> bool:
        return self._window is None or self._over

    def decode(self, data: bytes, limit: int) -> bytes:
        data = self.waiting + data
        if not self.begun:
            # Two bytes tell the format.
            if len(data) < 2:
                self.waiting = data
                return b""
            self.begun = True
            self._window = _window(data, self._may_be_raw)
            if self._window is not None:
                self._stream = zlib.decompressobj(self._window)
        if self._window is None:
            self.waiting = data[limit:]
            return data[:limit]
        return self._inflated(data, limit)

    def _inflated(self, data: bytes, limit: int) -> bytes:
        assert self._window is not None
        out: list[bytes] = []
        while data and limit > 0 and not self._over:
            piece = self._stream.decompress(data, limit)
            out.append(piece)
            limit -= len(piece)
            data = self._stream.unconsumed_tail
            if self._stream.eof:
                data = self._stream.unused_data
                # Other bytes behind the end are padding, which browsers ignore.
                self._over = self._window != _GZIP or not data.startswith(_GZIP_START)
                self._stream = zlib.decompressobj(self._window)
        self.waiting = b"" if self._over else data
        return b"".join(out)


def _window(data: bytes, may_be_raw: bool) -> int | None:
    """Return zlib's ``wbits`` for a body, ``None`` for a plain one."""
    if data.startswith(_GZIP_START):
        return _GZIP
    if data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0:
        return _ZLIB
    if not may_be_raw:
        return None
    stream = zlib.decompressobj(_RAW)
    try:
        stream.decompress(data, _TRIAL_BYTES)
    except zlib.error:
        return None
    # Raw deflate has no magic number: many texts begin like it.
    return _RAW if stream.eof or sniffing.is_binary(data) else None
