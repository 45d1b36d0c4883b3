"""Snapshots: directories that are complete or not there.

A snapshot is made beside the requests, in slices of some milliseconds. It need
not be of one moment: it is numbered as the journal's file that was begun with
it, whose notes are applied to it again.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from scripts.emulator.durable.journal import decode, encode
from scripts.emulator.durable.states import States

SLICE_ITEMS, SLICE_BYTES = 250, 128 << 10
# The pump is seldom behind by more; who is reads the tables anew.
STREAM_RECORDS = 2_000
MAILS = 500
_MANIFEST, _ROWS, _MAKING = "manifest.json", "rows.jsonl", "making-"

Step = Callable[[], None]


def numbers(directory: Path) -> list[int]:
    """Numbers of the snapshots there are, oldest first."""
    found = directory.glob("[0-9]*")
    return sorted(int(path.name) for path in found if path.name.isdigit())


def is_whole(snapshot: Path) -> bool:
    """Return True if all files are there as they were written."""
    try:
        manifest = json.loads((snapshot / _MANIFEST).read_bytes())
        return all(
            zlib.crc32((snapshot / name).read_bytes()) == checksum
            for name, checksum in manifest.items()
        )
    except (OSError, ValueError, AttributeError):
        return False


def read_states(snapshot: Path) -> dict[str, Any]:
    """States of the services as plain JSON, by the name of their files."""
    paths = (path for path in snapshot.glob("*.json") if path.name != _MANIFEST)
    found = {path.stem: json.loads(path.read_bytes()) for path in paths}
    return {name: one.get("payload", one) for name, one in found.items()}


def read_rows(snapshot: Path) -> Iterator[list[Any]]:
    """Items, stream records, messages and mails, as rows for `Replay.apply`."""
    path = snapshot / _ROWS
    if path.is_file():
        with path.open("rb") as file:
            for line in file:
                yield decode(line)


def _slices(values: Iterator[Any] | list[Any]) -> Iterator[list[Any]]:
    source = iter(values)
    while batch := list(itertools.islice(source, SLICE_ITEMS)):
        yield batch


def _items(table: Any) -> Iterator[list[Any]]:
    for pk, row in list(table["items"].items()):
        for sk, item in list(row.items()):
            yield [pk, sk, item]


def rows() -> Iterator[bytes]:
    """Encoded rows of all stores; between two of them the stores may change."""
    from ministack.services import dynamodb, ses, sqs

    for scoped, table in list(dynamodb._tables._data.items()):
        records = list(dynamodb._stream_records._data.get(scoped) or ())[-STREAM_RECORDS:]
        for batch in _slices(_items(table)):
            yield encode(["i", table["TableArn"], batch])
        for batch in _slices(records):
            yield encode(["r", table["TableArn"], batch])
    for scoped, queue in list(sqs._queues._data.items()):
        for message in list(queue["messages"]):
            yield encode(["+", scoped[2], message])
    for scoped, mails in list(ses._sent_emails._data.items()):
        for mail in list(mails)[-MAILS:]:
            yield encode(["m", scoped[0], scoped[1], mail])


class _Files:
    """Files of a snapshot in the making, with their checksums."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.checksums: dict[str, int] = {}

    def write(self, name: str, pieces: list[bytes]) -> None:
        """Append pieces to a file."""
        data = b"".join(pieces)
        self.checksums[name] = zlib.crc32(data, self.checksums.get(name, 0))
        path = self.directory / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
            file.write(data)

    def finish(self, target: Path) -> None:
        """Bring all to the disk, and give the snapshot its name."""
        self.write(_MANIFEST, [encode(dict(self.checksums))])
        for path in self.directory.iterdir():
            sync(path)
        self.directory.rename(target)
        sync(target.parent)


def sync(path: Path) -> None:
    """Hand a file or a directory to the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def make(root: Path, number: int, states: States) -> Iterator[Step]:
    """Make a snapshot; yields what may be run in a thread between two slices.

    That raises OSError when it cannot be written; what was there before still is.
    """
    root.mkdir(mode=0o700, exist_ok=True)
    forget_unfinished(root)
    # A name of its own: one that is given up may still be written by a thread.
    making = root / f"{_MAKING}{number:08d}"
    making.mkdir(mode=0o700)
    files = _Files(making)

    def writing(name: str, pieces: list[bytes]) -> Step:
        return lambda: files.write(name, pieces)

    for name, ask in states.all().items():
        if (state := ask()) is not None:
            yield writing(f"{name}.json", [encode(state)])
    pieces: list[bytes] = []
    for row in rows():
        pieces += (row, b"\n")
        if sum(map(len, pieces)) > SLICE_BYTES:
            yield writing(_ROWS, pieces)
            pieces = []
    yield writing(_ROWS, pieces)
    yield lambda: files.finish(root / f"{number:08d}")


def forget_unfinished(root: Path) -> None:
    """Delete what a snapshot that failed left behind."""
    for path in root.glob(f"{_MAKING}*"):
        shutil.rmtree(path, ignore_errors=True)
