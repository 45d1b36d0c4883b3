"""Lanes of waiting pages: a stack and a queue, kept in chunks.

In both, a page is written once, in a chunk of tens, and taking it writes nothing: the host's
item points into the chunks. So the cost of a page does not depend on how many wait.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any

from chalicelib.crawler.frontier.hosts.chunks import Chunks
from chalicelib.crawler.frontier.hosts.entries import CHUNK, Entry


class Stack:
    """Last in, first out: the chunks are a linked list from the top down.

    Args:
        pointer: ``[chunk, pages left in it, number of the next chunk]``.
    """

    def __init__(self, name: str, pointer: list[Any] | None = None) -> None:
        self.name = name
        self._top, self._left, self._next = pointer or ["", 0, 0]
        self._loaded: list[Entry] | None = None
        self._below = ""
        self._fresh: list[Entry] = []

    @property
    def pointer(self) -> list[Any]:
        """Position to keep in the host's item."""
        return [self._top, self._left, self._next]

    def push(self, entries: Iterable[Entry]) -> None:
        """Put pages on the stack; the last one will be the first."""
        self._fresh += entries

    def pop(self, chunks: Chunks) -> Entry | None:
        """Take the page on top."""
        if self._fresh:
            return self._fresh.pop()
        if not self._left:
            return None
        if self._loaded is None:
            self._loaded, self._below = chunks.read_pages(self._top)
            del self._loaded[self._left :]
        entry = self._loaded.pop()
        self._left -= 1
        if not self._left:
            self._top, _, left = self._below.partition(":")
            self._left, self._loaded = int(left or 0), None
        return entry

    def clear(self) -> None:
        """Forget all pages."""
        self._top, self._left, self._loaded, self._fresh = "", 0, None, []

    def save(self, chunks: Chunks) -> None:
        """Write the pages that no chunk holds yet."""
        for start in range(0, len(self._fresh), CHUNK):
            pages = self._fresh[start : start + CHUNK]
            name = f"f#{self.name}#{self._next:08d}"
            below = f"{self._top}:{self._left}" if self._left else ""
            chunks.write_pages(name, pages, below)
            self._top, self._left, self._next = name, len(pages), self._next + 1
            self._loaded, self._below = pages, below
        self._fresh = []


class Queue:
    """First in, first out: chunks in a row.

    Args:
        pointer: ``[chunk to read, pages read of it, number of the next chunk]``.
    """

    def __init__(self, name: str, pointer: list[Any] | None = None) -> None:
        self.name = name
        self._head, self._read, self._next = pointer or [0, 0, 0]
        self._loaded: list[Entry] | None = None
        self._fresh: deque[Entry] = deque()

    @property
    def pointer(self) -> list[Any]:
        """Position to keep in the host's item."""
        return [self._head, self._read, self._next]

    def push(self, entries: Iterable[Entry]) -> None:
        """Put pages at the end."""
        self._fresh.extend(entries)

    def peek(self, chunks: Chunks) -> Entry | None:
        """Return the first page."""
        if self._head == self._next:
            return self._fresh[0] if self._fresh else None
        if self._loaded is None:
            self._loaded, _ = chunks.read_pages(f"f#{self.name}#{self._head:08d}")
        return self._loaded[self._read]

    def pop(self, chunks: Chunks) -> Entry | None:
        """Take the first page."""
        entry = self.peek(chunks)
        if self._head == self._next:
            if self._fresh:
                self._fresh.popleft()
            return entry
        self._read += 1
        if self._loaded is not None and self._read == len(self._loaded):
            self._head, self._read, self._loaded = self._head + 1, 0, None
        return entry

    def clear(self) -> None:
        """Forget all pages."""
        self._head, self._read, self._loaded = self._next, 0, None
        self._fresh.clear()

    def save(self, chunks: Chunks) -> None:
        """Write the pages that no chunk holds yet."""
        while self._fresh:
            pages = [self._fresh.popleft() for _ in range(min(CHUNK, len(self._fresh)))]
            chunks.write_pages(f"f#{self.name}#{self._next:08d}", pages)
            self._next += 1


Lane = Stack | Queue
