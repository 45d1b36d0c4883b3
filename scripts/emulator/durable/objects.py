"""Objects of S3: files with a description beside each.

The emulator writes both at once, but one after the other, and knows a bucket by
its directory. Both must agree with the rest after a hard end.
"""

from __future__ import annotations

import json
import logging
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.emulator.durable.hooks import Note

log = logging.getLogger("embedded_aws")
_VERSIONS, _DESCRIPTION = ".versions", ".meta.json"


def install(
    note: Note, flush: Callable[[], None], failed: Callable[[OSError], None], *, sync: bool = False
) -> None:
    """Have an object's description noted before its files are replaced.

    Args:
        failed: is told of an object that could not be written.
        sync: files are on the disk before the emulator goes on.
    """
    from ministack.services import s3

    persist, write = s3._persist_object, s3._atomic_write

    def noted_persist(bucket: str, key: str, obj: Any) -> None:
        body = obj.get("body") if isinstance(obj, dict) else None
        path = s3._object_disk_path(bucket, key)
        if body is not None and path is not None:
            history = s3._key_history_meta(bucket, key)
            description = {**s3._object_meta_from_record(obj), **history, "key": key}
            place = os.path.relpath(path, os.path.realpath(s3.DATA_DIR))
            note("o", place, description, [len(body), zlib.crc32(body)])
            flush()
        persist(bucket, key, obj)

    def watched_write(path: str, data: Any, *, text: bool = False) -> None:
        try:
            write(path, data, text=text)
            if sync:
                _sync(path)
        except OSError as error:
            failed(error)
            raise

    s3._persist_object, s3._atomic_write = noted_persist, watched_write


def _sync(path: str) -> None:
    """Hand a file and its name to the disk."""
    for place in (Path(path), Path(path).parent):
        file = os.open(place, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def owned_buckets(state: Any) -> set[tuple[str, str]]:
    """Accounts and names of the buckets in the state of S3."""
    from scripts.emulator.durable.states import revive

    buckets = revive(state or {}).get("buckets_meta")
    return set(getattr(buckets, "_data", {}))


def set_ownerless_aside(data: Path, owned: set[tuple[str, str]]) -> None:
    """Move directories of buckets that do not exist out of the way.

    Otherwise the emulator would take them for buckets, and no stack could make them.
    """
    for kind in (data, data / _VERSIONS):
        for account in kind.glob("[0-9]" * 12):
            for bucket in [one for one in account.iterdir() if one.is_dir()]:
                if (account.name, bucket.name) in owned:
                    continue
                if not any(path.is_file() for path in bucket.rglob("*")):
                    _remove_empty(bucket)
                    continue
                aside = data.parent / "ownerless"
                aside.mkdir(mode=0o700, exist_ok=True)
                number = sum(1 for _ in aside.iterdir())
                bucket.rename(aside / f"{bucket.name}-{number}")
                log.warning("bucket %s does not exist; its objects are in %s", bucket.name, aside)


def _remove_empty(directory: Path) -> None:
    for path in sorted(directory.rglob("*"), reverse=True):
        path.rmdir()
    directory.rmdir()


def complete(data: Path, notes: list[list[Any]]) -> int:
    """Restore descriptions of replaced bodies; return their number."""
    newest = {note[1]: note for note in notes if note[0] == "o"}
    count = 0
    for place, (_, _, description, (size, checksum)) in newest.items():
        path = data / place
        beside = path.with_name(path.name + _DESCRIPTION)
        try:
            if path.stat().st_size != size:
                continue
            old = json.loads(beside.read_bytes()) if beside.exists() else None
        except OSError:
            continue
        except ValueError:
            old = None
        if old == description or zlib.crc32(path.read_bytes()) != checksum:
            continue
        draft = path.with_name(path.name + ".tmp")
        draft.write_text(json.dumps(description))
        draft.chmod(0o600)
        draft.replace(beside)
        count += 1
    return count
