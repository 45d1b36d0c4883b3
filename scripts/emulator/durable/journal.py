"""Write-ahead journal: files of checksummed batches of notes.

A note is what changed, not what was asked, so replaying is deterministic and may
be done twice. A batch is a mark, a length, a CRC-32 and a JSON array; it holds
all notes of a request, so that a transaction is there whole or not at all.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MARK = b"\xf5RKN"
# Mark, length, CRC-32 of the payload.
_HEAD = struct.Struct(">4sII")


class JournalError(RuntimeError):
    """Notes could not be written; nothing may be promised any more."""


class DamagedError(RuntimeError):
    """Saved files cannot be used; the message names the file and the way out."""


def encode(value: Any) -> bytes:
    """Return compact JSON, with the emulator's form of its own types."""
    from ministack.core.persistence import _json_default

    return json.dumps(value, separators=(",", ":"), default=_json_default).encode()


def decode(payload: bytes) -> Any:
    """Return the value of `encode`; the emulator's containers stay plain."""
    if b'"__bytes__"' in payload:
        return json.loads(payload, object_hook=_with_bytes)
    return json.loads(payload)


def _with_bytes(found: dict[str, Any]) -> Any:
    from ministack.core.persistence import _json_object_hook

    return _json_object_hook(found) if "__bytes__" in found else found


class Journal:
    """Notes of one state directory; safe for use by several threads.

    Notes wait for `flush`. A journal that could not be written is
    ``broken``, with the reason, and takes no notes until `cut` opens a new file.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.number = max(self.numbers(), default=0)
        self.broken = ""
        # Bytes since the last snapshot, over all files.
        self.pending_bytes = 0
        self._buffer: list[bytes] = []
        self._lock = threading.RLock()
        self._file = -1
        self._size = self._synced = 0

    def numbers(self) -> list[int]:
        """Numbers of the files there are, oldest first."""
        return sorted(int(path.stem) for path in self.directory.glob("[0-9]*.wal"))

    def path(self, number: int) -> Path:
        """Path of the file with a number."""
        return self.directory / f"{number:08d}.wal"

    def note(self, *what: Any) -> None:
        """Add a note of JSON values; `flush` writes it."""
        # Nothing is noted while the stores are being filled.
        if self._file >= 0:
            self.note_encoded(encode(what))

    def note_encoded(self, payload: bytes) -> None:
        """Add a note that is JSON already."""
        with self._lock:
            if not self.broken and self._file >= 0:
                self._buffer.append(payload)

    def flush(self) -> None:
        """Hand all notes to the system: they survive the end of this process.

        Raises:
            JournalError: they could not be written, now or before.
        """
        with self._lock:
            if self.broken:
                raise JournalError(self.broken)
            if not self._buffer:
                return
            payload, self._buffer = b"[%s]" % b",".join(self._buffer), []
            data = _HEAD.pack(_MARK, len(payload), zlib.crc32(payload)) + payload
            try:
                self._write(data)
            except OSError as error:
                self._break(error)
                # Half a batch at the end would be dropped anyway; try to leave none.
                with contextlib.suppress(OSError):
                    os.ftruncate(self._file, self._size)
                raise JournalError(self.broken) from error
            self._size += len(data)
            self.pending_bytes += len(data)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    def _break(self, error: OSError) -> None:
        self.broken, self._buffer = (error.strerror or str(error)).lower(), []

    def sync(self) -> None:
        """Hand all notes to the disk: they survive a power failure."""
        with self._lock:
            if self._file < 0 or self._size == self._synced:
                return
            file, size = os.dup(self._file), self._size
        try:
            getattr(os, "fdatasync", os.fsync)(file)
            self._synced = size
        except OSError as error:
            with self._lock:
                self._break(error)
        finally:
            os.close(file)

    def cut(self) -> int:
        """Go on in a new file; returns its number.

        Raises:
            OSError: there can be no new file.
        """
        with self._lock:
            if not self.broken:
                self.flush()
            number = self.number + 1
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
            file = os.open(self.path(number), flags, 0o600)
            if self._file >= 0:
                os.close(self._file)
            self._file, self.number, self.broken = file, number, ""
            self._size = self._synced = 0
            return number

    def close(self) -> None:
        """Take no more notes."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1


def read_notes(path: Path, *, skip_damage: bool = False) -> Iterator[Any]:
    """Yield the notes of a file.

    A last batch that is not whole is left out: its request was never answered.

    Raises:
        DamagedError: a batch before others is damaged, unless ``skip_damage``.
    """
    data, at = path.read_bytes(), 0
    while at < len(data):
        payload = _payload(data, at)
        if payload is not None:
            yield from decode(payload)
            at += _HEAD.size + len(payload)
            continue
        following = _next_whole(data, at + 1)
        if following is None:
            return
        if not skip_damage:
            raise DamagedError(
                f"{path} is damaged at byte {at}, before whole notes; "
                "ROOKERY_RECOVER=1 starts without what is damaged"
            )
        at = following


def _payload(data: bytes, at: int) -> bytes | None:
    if at + _HEAD.size > len(data):
        return None
    mark, length, checksum = _HEAD.unpack_from(data, at)
    payload = data[at + _HEAD.size : at + _HEAD.size + length]
    whole = mark == _MARK and len(payload) == length and zlib.crc32(payload) == checksum
    return payload if whole else None


def _next_whole(data: bytes, at: int) -> int | None:
    while (at := data.find(_MARK, at)) >= 0:
        if _payload(data, at) is not None:
            return at
        at += 1
    return None
