"""Apply a snapshot's rows and the journal's notes to the stores.

Notes are whole items and whole messages, so one that the snapshot already holds
may be applied again.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from scripts.emulator.durable.hooks import Note, NotedMails, NotedQueue, StreamClock
from scripts.emulator.durable.states import recount, revive, set_queues, set_tables

Row = list[Any]


def service_states(snapshot: dict[str, Any], notes: list[Row]) -> dict[str, Any]:
    """Newest state of each service except tables and queues, by file name."""
    newest = dict(snapshot)
    newest.update({note[1]: note[2] for note in notes if note[0] == "S"})
    return {name: one for name, one in newest.items() if name not in {"dynamodb", "sqs"}}


@dataclass
class Replay:
    """Fills the stores of tables, queues and mails; `finish` hands them over.

    Attributes:
        orphans: number of notes about tables and queues that are gone.
    """

    clock: StreamClock
    orphans: int = 0
    _tables: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    _queues: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    _sequences: dict[Any, str] = field(default_factory=dict)
    _mails: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def states(self, states: dict[str, Any]) -> None:
        """Begin with the tables and queues of a snapshot."""
        from ministack.services import sqs

        for name in ("dynamodb", "sqs"):
            if name in states:
                self.apply(["S", name, states[name]])
        for scoped, queue in sqs._queues._data.items():
            self._queues[scoped[2]].update({one["id"]: one for one in queue["messages"]})

    def apply(self, row: Row) -> None:
        """Apply one note, or one row of a snapshot."""
        kind = row[0]
        if kind == "S":
            self._structure(row[1], row[2])
        elif kind in {"p", "d", "s", "T", "i", "r"}:
            scoped, table = self._tables.get(row[1], (None, None))
            if table is None:
                self.orphans += 1
            else:
                self._table(kind, scoped, table, row)
        elif kind == "+":
            self._queues[row[1]][row[2]["id"]] = row[2]
        elif kind == "-":
            for one in row[2]:
                self._queues[row[1]].pop(one, None)
        elif kind == "m":
            mails = self._mails.setdefault((row[1], row[2]), {})
            mails[json.dumps(row[3], sort_keys=True)] = row[3]

    def _structure(self, name: str, state: Any) -> None:
        from ministack.services import dynamodb

        if name == "dynamodb":
            set_tables(revive(state))
            self._tables = {
                table["TableArn"]: (scoped, table)
                for scoped, table in dynamodb._tables._data.items()
            }
        elif name == "sqs":
            set_queues(revive(state))

    def _table(self, kind: str, scoped: Any, table: Any, row: Row) -> None:
        from ministack.services import dynamodb

        if kind == "p":
            dynamodb._set_item(table, row[2], row[3], row[4])
        elif kind == "d":
            dynamodb._remove_item(table, row[2], row[3])
        elif kind == "s":
            record, key = row[2], row[3]
            if key is not None:
                record["dynamodb"]["NewImage"] = table["items"].get(key[0], {}).get(key[1])
            self._record(scoped, record)
        elif kind == "r":
            for record in row[2]:
                self._record(scoped, record)
        else:
            if kind == "T":
                table["items"].clear()
            for pk, sk, item in row[2]:
                table["items"][pk][sk] = item

    def _record(self, scoped: Any, record: dict[str, Any]) -> None:
        from ministack.services import dynamodb

        sequence = record["dynamodb"]["SequenceNumber"]
        if sequence > self._sequences.get(scoped, ""):
            self._sequences[scoped] = sequence
            dynamodb._stream_records._data.setdefault(scoped, []).append(record)
            self.clock.seen(sequence)

    def finish(self, note: Note) -> None:
        """Give the queues their messages and the outbox its mails.

        What was received is visible again: nobody who received it is left.
        """
        from ministack.services import ses, sqs

        now = time.time()
        for _, table in self._tables.values():
            recount(table)
        for scoped, queue in list(sqs._queues._data.items()):
            messages = list(self._queues.pop(scoped[2], {}).values())
            for one in messages:
                if one["receive_count"]:
                    one["visible_at"] = min(one["visible_at"], now)
            kept = NotedQueue({**queue, "messages": messages}, note, scoped[2])
            sqs._queues._data[scoped] = kept
        for scope, mails in self._mails.items():
            sent = NotedMails(mails.values(), note, scope)
            ses._sent_emails._data[(*scope, "entries")] = sent
