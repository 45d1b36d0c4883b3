"""Notes what changes in the emulator, where the emulator stores it.

Items of tables, their stream records, messages of queues and mails are noted
one by one. All names with an underscore are the emulator's own: a test asserts
that each exists, and an update of the emulator fails there.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable
from typing import Any

Note = Callable[..., None]


class NotedMessages(list[dict[str, Any]]):
    """Messages of a queue; additions and removals are noted."""

    def __init__(self, values: Iterable[dict[str, Any]], note: Note, url: str) -> None:
        super().__init__(values)
        self._note, self._url = note, url

    def append(self, value: dict[str, Any]) -> None:
        """Add a message."""
        super().append(value)
        self._note("+", self._url, value)

    def remove(self, value: dict[str, Any]) -> None:
        """Remove a message."""
        super().remove(value)
        self._note("-", self._url, [value["id"]])

    def clear(self) -> None:
        """Remove all messages."""
        gone = [one["id"] for one in self]
        super().clear()
        self._note("-", self._url, gone)


class NotedQueue(dict[str, Any]):
    """A queue that also notes messages dropped by a replaced list."""

    def __init__(self, values: dict[str, Any], note: Note, url: str) -> None:
        super().__init__(values)
        self._note, self._url = note, url
        super().__setitem__("messages", NotedMessages(values.get("messages", ()), note, url))

    def __setitem__(self, name: str, value: Any) -> None:
        if name != "messages":
            super().__setitem__(name, value)
            return
        old = self["messages"]
        super().__setitem__(name, NotedMessages(value, self._note, self._url))
        # The emulator only ever filters: as many messages are the same messages.
        if len(value) != len(old):
            left = {one["id"] for one in value}
            if gone := [one["id"] for one in old if one["id"] not in left]:
                self._note("-", self._url, gone)


class NotedMails(list[dict[str, Any]]):
    """Mails of the outbox; additions are noted."""

    def __init__(
        self, values: Iterable[dict[str, Any]], note: Note, scope: tuple[str, str]
    ) -> None:
        super().__init__(values)
        self._note, self._scope = note, scope

    def append(self, value: dict[str, Any]) -> None:
        """Add a mail."""
        super().append(value)
        self._note("m", *self._scope, value)


def item_key(table: dict[str, Any], item: dict[str, Any]) -> tuple[str, str]:
    """Keys under which the emulator stores an item."""
    from ministack.services import dynamodb

    sort = table["sk_name"]
    return (
        dynamodb._extract_key_val(item[table["pk_name"]]),
        dynamodb._extract_key_val(item[sort]) if sort else "__no_sort__",
    )


def note_tables(note: Note) -> None:
    """Have items and stream records noted.

    A record's new image is left out where it is the item just noted.
    """
    from ministack.services import dynamodb

    set_item, remove_item = dynamodb._set_item, dynamodb._remove_item
    emit, replaced = dynamodb._emit_stream_event, dynamodb._items_replaced

    def noted_set(table: Any, pk: str, sk: str, item: Any) -> Any:
        old = set_item(table, pk, sk, item)
        note("p", table["TableArn"], pk, sk, item)
        return old

    def noted_remove(table: Any, pk: str, sk: str) -> Any:
        old = remove_item(table, pk, sk)
        if old is not None:
            note("d", table["TableArn"], pk, sk)
        return old

    def noted_replaced(table: Any) -> None:
        replaced(table)
        rows = [[pk, sk, one] for pk, row in table["items"].items() for sk, one in row.items()]
        note("T", table["TableArn"], rows)

    def noted_emit(name: str, event: str, old: Any, new: Any, replicate: bool = True) -> None:
        before = (dynamodb._stream_records.get(name) or [None])[-1]
        emit(name, event, old, new, replicate)
        record = (dynamodb._stream_records.get(name) or [None])[-1]
        if record is None or record is before:
            return
        table, change = dynamodb._tables[name], record["dynamodb"]
        if change.get("NewImage") is None:
            note("s", table["TableArn"], record, None)
            return
        pk, sk = item_key(table, new)
        stored = table["items"].get(pk, {}).get(sk)
        if stored is not change["NewImage"]:
            note("s", table["TableArn"], record, None)
            return
        slim = {name: one for name, one in change.items() if name != "NewImage"}
        note("s", table["TableArn"], {**record, "dynamodb": slim}, [pk, sk])

    dynamodb._set_item, dynamodb._remove_item = noted_set, noted_remove
    dynamodb._emit_stream_event, dynamodb._items_replaced = noted_emit, noted_replaced


class StreamClock:
    """Sequence numbers that rise over restarts, whatever the clock does."""

    def __init__(self) -> None:
        self._last_ms, self._counter = 0, itertools.count(1)

    def seen(self, sequence_number: str) -> None:
        """Stay above a number that was given before."""
        self._last_ms = max(self._last_ms, int(sequence_number[:-10]) + 1)

    def next(self) -> str:
        """A number of the emulator's form."""
        self._last_ms = max(self._last_ms, int(time.time() * 1000))
        return f"{self._last_ms:020d}{next(self._counter):010d}"


def install(note: Note) -> StreamClock:
    """Have all stores of the emulator noted; call it before they are filled."""
    from ministack.core.responses import AccountRegionScopedDict
    from ministack.services import dynamodb, ses, sqs

    class Queues(AccountRegionScopedDict):  # type: ignore[misc,unused-ignore]
        __slots__ = ()

        def __setitem__(self, url: str, queue: dict[str, Any]) -> None:
            super().__setitem__(url, NotedQueue(queue, note, url))

    def sent_mails() -> Any:
        scope = ses._sent_emails._prefix()
        return ses._sent_emails._data.setdefault((*scope, "entries"), NotedMails((), note, scope))

    from ministack.services import ses_v2

    clock = StreamClock()
    note_tables(note)
    dynamodb._next_stream_seq = clock.next
    sqs._queues = Queues()
    ses._sent_emails_list = ses_v2._sent_emails_list = sent_mails
    return clock
