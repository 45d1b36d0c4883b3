"""Positions of a domain's stream handlers, kept on disk.

The embedded AWS keeps only the newest stream records when it stops. The ``dirty``
flag tells the next start whether everything had been read by then.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

from scripts.pump.support import log_event

# Readers of streams that took over from others (decision 42). Of two, the one that counted says
# how far: publishing again does no harm.
_SUCCESSORS = {
    "publish_accounts": "follow_accounts",
    "publish_users": "follow_users",
    "count_follows": "follow_follows",
    "count_engagements": "follow_engagements",
    "publish_planned": "follow_planned",
    "publish_media": "follow_media",
    "dispatch_notifications": "follow_notifications",
    "follow_runs": "follow_crawl_runs",
    "count_pages": "follow_crawl_visited",
    "publish_cards": "follow_cards",
}


class Checkpoints:
    """Checkpoints of one domain's stream handlers.

    Positions are per handler and stream, because several handlers may read one
    stream and must not hold each other up. Every change is written at once: a
    handler may remember the batches it has done, so after a crash it must get
    the same batch again, and not one with other borders.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._data: dict[str, Any] = {"dirty": False, "done": {}, "begun": {}, "published": {}}
        try:
            self._data.update(_whole(json.loads(path.read_text(encoding="utf-8"))))
        except FileNotFoundError:
            pass
        # Also of text that is not UTF-8 or not JSON.
        except ValueError as error:
            aside = path.with_name(f"damaged-{time.time_ns()}-{path.name}")
            path.rename(aside)
            log_event(
                "checkpoints_damaged", level=logging.ERROR, aside=aside.name, reason=str(error)
            )
            self._data["dirty"] = True
        for positions in (self._data["done"], self._data["begun"], self._data["published"]):
            _hand_over(positions)

    @property
    def dirty(self) -> bool:
        """Return True if the last run left streams unread."""
        return bool(self._data["dirty"])

    def mark(self, *, dirty: bool) -> None:
        """Note whether records may be left unread."""
        with self._lock:
            self._data["dirty"] = dirty
            # A power failure may take positions, as handlers may run twice, but not the flag.
            self._write(sync=True)

    def position(self, source: str, stream_arn: str, shard: str) -> str | None:
        """Sequence number of the last record done, None when there is none."""
        return self._get("done", source, stream_arn, shard)

    def begun(self, source: str, stream_arn: str, shard: str) -> str | None:
        """Last sequence number of the batch that was in hand when a run broke off."""
        return self._get("begun", source, stream_arn, shard)

    def published(self, source: str) -> int:
        """Time (ms) of the newest change that the handler has seen, 0 for never."""
        with self._lock:
            return int(self._data["published"].get(source, 0))

    def begin(self, source: str, stream_arn: str, shard: str, last_sequence: str) -> None:
        """Note that a batch is about to be handed to the handler."""
        with self._lock:
            self._data["begun"].setdefault(f"{source}|{stream_arn}", {})[shard] = last_sequence
            self._write()

    def advance(self, source: str, stream_arn: str, shard: str, sequence: str, at_ms: int) -> None:
        """Note that everything up to this record is done."""
        with self._lock:
            self._data["done"].setdefault(f"{source}|{stream_arn}", {})[shard] = sequence
            published = self._data["published"]
            published[source] = max(at_ms, int(published.get(source, 0)))
            self._write()

    def _get(self, kind: str, source: str, stream_arn: str, shard: str) -> str | None:
        with self._lock:
            value = self._data[kind].get(f"{source}|{stream_arn}", {}).get(shard)
            return str(value) if value else None

    def _write(self, *, sync: bool = False) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".tmp")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(self._data, file)
            if sync:
                file.flush()
                os.fsync(file)
        draft.replace(self.path)


def _whole(data: Any) -> dict[str, Any]:
    """Return what a file of checkpoints holds.

    Raises:
        ValueError: it has another shape.
    """
    if not isinstance(data, dict) or not isinstance(data.get("dirty", False), bool):
        raise ValueError("not an object with a flag")
    kinds: dict[str, type] = {"done": dict, "begun": dict, "published": int}
    for name, kind in kinds.items():
        positions = data.get(name, {})
        if not isinstance(positions, dict):
            raise ValueError(f"{name} is no object")
        if not all(isinstance(one, kind) for one in positions.values()):
            raise ValueError(f"{name} holds another type than {kind.__name__}")
    return data


def _hand_over(positions: dict[str, Any]) -> None:
    """Let readers begin where those before them ended.

    Args:
        positions: by ``<reader>|<stream>`` or by reader.
    """
    for key in list(positions):
        reader, *stream = key.split("|", 1)
        if reader in _SUCCESSORS:
            positions.setdefault("|".join([_SUCCESSORS[reader], *stream]), positions.pop(key))
