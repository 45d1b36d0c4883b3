"""Addresses that a host of a run has seen: one short record each.

A record has eight bytes of the page's digest, three of its path and three of the form of its
directory, which trap rules count by. 50,000 pages are 700 KB, in one Query; a process that
served the host before reads nothing.
"""

import hashlib
from collections import Counter
from functools import lru_cache

from ada_url import URL
from chalicelib.crawler.frontier.hosts.chunks import Chunks
from chalicelib.crawler.frontier.hosts.traps import directory_form

from shared.text import canonical_urls

_FINGERPRINT, _HASH = 8, 3
_RECORD = _FINGERPRINT + 2 * _HASH
_NONE = bytes(_HASH)
# Records per item: 140 KB.
_SEGMENT = 10_000


class Seen:
    """Known addresses of a host, and how many share a path or directory."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self.paths: Counter[bytes] = Counter()
        self.directories: Counter[bytes] = Counter()
        self._fresh: list[bytes] = []

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, digest: str) -> bool:
        return bytes.fromhex(digest[: 2 * _FINGERPRINT]) in self._known

    def add(self, digest: str, url: str, own: bool = True) -> tuple[int, int]:
        """Remember an address.

        Args:
            own: it belongs to this host, so trap rules count it.

        Returns:
            addresses with its path (if it has parameters), and with its form of directory.
        """
        path, directory = _places(url) if own else (_NONE, _NONE)
        record = bytes.fromhex(digest[: 2 * _FINGERPRINT]) + path + directory
        self._fresh.append(record)
        self._count(record)
        return self.paths[path], self.directories[directory]

    def _count(self, record: bytes) -> None:
        self._known.add(record[:_FINGERPRINT])
        path, directory = record[_FINGERPRINT:-_HASH], record[-_HASH:]
        if path != _NONE:
            self.paths[path] += 1
        if directory != _NONE:
            self.directories[directory] += 1

    def save(self, chunks: Chunks, segments: int) -> int:
        """Write what is new after a number of segments; returns their new number."""
        for start in range(0, len(self._fresh), _SEGMENT):
            part = b"".join(self._fresh[start : start + _SEGMENT])
            chunks.write(f"s#{segments:08d}", seen=part)
            segments += 1
        self._fresh = []
        return segments

    @classmethod
    def load(cls, chunks: Chunks, segments: int, consistent: bool) -> "Seen":
        """Read a number of segments.

        Args:
            consistent: a worker died that may have written one of them.
        """
        seen = cls()
        if not segments:
            return seen
        parts = _read(chunks, segments, consistent) or _read(chunks, segments, True)
        for part in parts:
            for at in range(0, len(part), _RECORD):
                seen._count(part[at : at + _RECORD])
        return seen


def _read(chunks: Chunks, segments: int, consistent: bool) -> list[bytes]:
    """Contents of all segments; none if a replica lags behind."""
    found = {item["entry"]: item["seen"] for item in chunks.list("s#", consistent=consistent)}
    names = [f"s#{number:08d}" for number in range(segments)]
    return [found[name] for name in names] if found.keys() >= set(names) else []


@lru_cache(maxsize=20_000)
def _places(url: str) -> tuple[bytes, bytes]:
    """Hashes of a path with parameters, and of a directory without numbers."""
    parsed = URL(canonical_urls.canonical(url) or url)
    path = _hash(parsed.pathname) if parsed.search else _NONE
    form = directory_form(parsed.pathname)
    # Most sites keep pages of all kinds at their top.
    return path, _hash(form) if form else _NONE


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_HASH).digest()
