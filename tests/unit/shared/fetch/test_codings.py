"""Brotli and Zstandard: in pieces, mislabelled, broken, expanding."""

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from backports import zstd

from shared.net import layers
from shared.net.codings import Decoder, UnknownCoding
from tests.unit.shared.fetch.fetch_support import http, kind_of, local

TEXT = "".join(random.Random(1).choices("abcdefgh <>/", k=200_000)).encode()
CODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.compress,
    "zstd": zstd.compress,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
}


def decoded(header: str, body: bytes, piece: int = 1000, limit: int = 700) -> bytes:
    decoder, found = Decoder(header), b""
    for start in range(0, len(body), piece):
        data = body[start : start + piece]
        while data or decoder.waiting:
            part = decoder.decode(data, limit)
            assert len(part) <= limit
            found += part
            data = b""
    assert decoder.complete
    return found + decoder.finish()


@pytest.mark.parametrize("outer", CODERS)
@pytest.mark.parametrize("inner", [None, "br", "gzip"])
def test_bodies_in_pieces(outer: str, inner: str | None) -> None:
    body = CODERS[outer](CODERS[inner](TEXT) if inner else TEXT)
    header = f"{inner}, {outer}" if inner else outer
    for piece, limit in ((1000, 700), (65_536, 65_536), (len(body), 50_000)):
        assert decoded(header, body, piece, limit) == TEXT
    assert decoded(header, CODERS[outer](CODERS[inner](b"") if inner else b"")) == b""


def test_several_frames_and_padding() -> None:
    assert decoded("zstd", zstd.compress(b"one") + zstd.compress(b"two")) == b"onetwo"
    assert decoded("zstd", zstd.compress(b"one") + b"\0\0padding") == b"one"


@pytest.mark.parametrize("header", ["br", "zstd"])
def test_plain_bodies_under_their_names(header: str) -> None:
    for body in (b"<html>plain</html>", b"<", b"", TEXT):
        assert decoded(header, body) == body


@pytest.mark.parametrize("header", ["br", "zstd"])
def test_damaged_bodies(header: str) -> None:
    body = CODERS[header](TEXT)
    wrong = b"\xff" * 20_000 if header == "zstd" else bytes(255 - one for one in body[5000:5400])
    damaged = body[:5000] + wrong + body[5000 + len(wrong) :]
    with pytest.raises(zlib.error):
        decoded(header, damaged)
    decoder = Decoder(header)
    decoder.decode(body[:-10], 1_000_000)
    assert not decoder.complete


def test_large_windows_are_refused() -> None:
    options: Any = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.compression_level: 1,
    }
    compressor = zstd.ZstdCompressor(options=options)
    body = compressor.compress(TEXT) + compressor.flush()
    with pytest.raises(zlib.error):
        decoded("zstd", body)


def test_unknown_where_the_packages_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.net.codings.brotli_module", lambda: None)
    with pytest.raises(UnknownCoding):
        decoded("br", brotli.compress(TEXT))
    assert layers.zstd_module() is zstd


@pytest.mark.parametrize("header", ["br", "zstd", "gzip"])
def test_bodies_that_expand_beyond_reason(serve: Any, header: str) -> None:
    """20 MB in some hundred bytes: refused at 1 MB, whatever the limit says."""
    body = CODERS[header](b"\0" * 20_000_000)
    server = serve(http(body, content_encoding=header))
    tracemalloc.start()
    try:
        assert kind_of(lambda: local(server.url, max_bytes=500_000_000)) == "too_large"
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert len(local(server.url, max_bytes=1000, truncate=True).body) == 1000
