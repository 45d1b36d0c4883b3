"""Stream records as Lambda shows them, and the store of failed ones."""

from __future__ import annotations

import json
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from scripts.pump.support import plain

Record = dict[str, Any]


def to_record(record: Record, stream_arn: str) -> Record:
    """A record of GetRecords as Lambda hands it to a function."""
    change = dict(record["dynamodb"])
    created = change.get("ApproximateCreationDateTime")
    if isinstance(created, datetime):
        change["ApproximateCreationDateTime"] = created.timestamp()
    found = {**record, "dynamodb": plain(change), "eventSourceARN": stream_arn}
    identity = record.get("userIdentity")
    if identity:
        found["userIdentity"] = {name[:1].lower() + name[1:]: one for name, one in identity.items()}
    return found


def sequence_of(record: Record) -> str:
    """The record's place in its shard."""
    return str(record["dynamodb"]["SequenceNumber"])


class FailedRecords:
    """Store of records that a handler refuses; the shard then moves on."""

    def __init__(self, path: Path) -> None:
        self.path, self._lock = path, threading.Lock()

    def keep(self, source: str, record: Record) -> None:
        """Append one record, for a look by a human and for a replay."""
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(file, "a") as out:
                out.write(json.dumps({"source": source, "record": record}, default=str) + "\n")
