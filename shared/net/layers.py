"""Brotli and Zstandard streams, decoded in pieces with bounded output.

Their packages are installed where the crawler runs; other domains neither ask for these
codings nor know them.
"""

import zlib
from typing import Any

from shared.net import sniffing

_ZSTD_START = b"\x28\xb5\x2f\xfd"
# RFC 9659: windows of content codings have at most 8 MB.
_MAX_WINDOW_LOG = 23


def brotli_module() -> Any:
    """Return the package, or ``None`` where it is not installed."""
    try:
        import brotli
    except ImportError:
        return None
    return brotli


def zstd_module() -> Any:
    """Return the package, or ``None`` where it is not installed."""
    try:
        from backports import zstd
    except ImportError:
        return None
    return zstd


class BrotliLayer:
    """One Brotli stream; or a plain text under its name.

    Attributes:
        begun: some bytes have been decoded.
    """

    def __init__(self) -> None:
        self._module = brotli_module()
        self._stream: Any = self._module.Decompressor()
        self._plain = False
        self._input, self._ready = b"", b""
        self.begun = False

    @property
    def waiting(self) -> bytes:
        """Bytes that had no room; a sign for those that the stream holds."""
        held = not self._plain and self.begun and not self._stream.can_accept_more_data()
        return self._ready or self._input or (b"\0" if held else b"")

    @property
    def complete(self) -> bool:
        """True if the stream does not lack its end."""
        return self._plain or not self.begun or bool(self._stream.is_finished())

    def decode(self, data: bytes, limit: int) -> bytes:
        """Return the next decoded bytes, at most ``limit``.

        Raises:
            zlib.error: the body is damaged.
        """
        first, self.begun = not self.begun, self.begun or bool(data)
        self._input += data
        if not self._plain and self.begun and len(self._ready) < limit:
            try:
                self._ready += self._pieces(limit - len(self._ready))
            except self._module.error as error:
                if not first or sniffing.is_binary(data):
                    raise zlib.error("broken Brotli") from error
                self._plain, self._input = True, data
        if self._plain:
            self._ready, self._input = self._ready + self._input, b""
        found, self._ready = self._ready[:limit], self._ready[limit:]
        return found

    def _pieces(self, limit: int) -> bytes:
        if self._stream.is_finished():
            # Bytes behind the end are padding.
            self._input = b""
            return b""
        data = b""
        if self._stream.can_accept_more_data():
            data, self._input = self._input, b""
        found: bytes = self._stream.process(data, output_buffer_limit=limit)
        return found


class ZstdLayer:
    """Zstandard frames one after another; or a plain body under their name.

    Attributes:
        begun: the first bytes have told the format.
    """

    def __init__(self) -> None:
        self._module = zstd_module()
        self._stream: Any = None
        self._over = False
        self._plain = False
        self._rest = b""
        self.begun = False

    @property
    def waiting(self) -> bytes:
        """Bytes that had no room; a sign for those that the stream holds."""
        held = self._stream is not None and not (self._stream.eof or self._stream.needs_input)
        return self._rest or (b"\0" if held and not self._over else b"")

    @property
    def complete(self) -> bool:
        """True if no frame lacks its end."""
        return not self.begun or self._plain or self._over or bool(self._stream.eof)

    def decode(self, data: bytes, limit: int) -> bytes:
        """Return the next decoded bytes, at most ``limit``.

        Raises:
            zlib.error: the body is damaged, or needs too large a window.
        """
        data, self._rest = self._rest + data, b""
        if not self.begun:
            if len(data) < len(_ZSTD_START):
                self._rest = data
                return b""
            self.begun, self._plain = True, not data.startswith(_ZSTD_START)
            self._stream = None if self._plain else self._new()
        if self._plain:
            self._rest = data[limit:]
            return data[:limit]
        try:
            return self._frames(data, limit)
        except self._module.ZstdError as error:
            raise zlib.error("broken Zstandard") from error

    def _frames(self, data: bytes, limit: int) -> bytes:
        out: list[bytes] = []
        while limit > 0 and not self._over:
            if self._stream.eof:
                if not data:
                    break
                # Other bytes behind the end are padding, which browsers ignore.
                self._over = not data.startswith(_ZSTD_START)
                self._stream = self._stream if self._over else self._new()
                continue
            piece = self._stream.decompress(data, limit)
            out.append(piece)
            limit -= len(piece)
            data = self._stream.unused_data if self._stream.eof else b""
            if not piece and not data:
                break
        self._rest = b"" if self._over else data
        return b"".join(out)

    def _new(self) -> Any:
        options = {self._module.DecompressionParameter.window_log_max: _MAX_WINDOW_LOG}
        return self._module.ZstdDecompressor(options=options)
