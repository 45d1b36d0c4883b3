"""Answers that would fill a careless crawler's memory."""

import gzip
import time
import zlib
from collections.abc import Iterator
from functools import lru_cache

_ENDLESS_SECONDS = 30
# Header lines, and a body: whole, or without an end.
Answer = tuple[dict[str, str], bytes | None]


@lru_cache(maxsize=1)
def answers() -> tuple[Answer, ...]:
    """Return one answer of each kind."""
    links = b"".join(b'<a href="/page/%d?x=%d">x</a>' % (n, n) for n in range(500_000))
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(500)) + packer.flush()
    packed = {"content-encoding": "gzip"}
    return (
        ({}, links),
        (packed, bomb),
        (packed, gzip.compress(links, 1)),
        ({}, b"<div>" * 2_000_000),
        ({}, b"<title>" + b"x" * 3_000_000 + b"</title><p " + b"a=b " * 1_000_000),
        ({}, b"<" * 5_000_000),
        ({}, b"<!-- " + b"-" * 5_000_000),
        ({f"x-{n}": "y" * 1000 for n in range(500)}, b"late"),
        ({"connection": "close"}, None),
    )


def endless() -> Iterator[bytes]:
    """Iterate over a body that ends long after every deadline."""
    until = time.monotonic() + _ENDLESS_SECONDS
    while time.monotonic() < until:
        yield b"<p>more and more</p>" * 5000
