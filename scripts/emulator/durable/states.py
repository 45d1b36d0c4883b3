"""Small states of the emulator's services, as the emulator saves them.

Tables come without items and queues without messages: those are noted one by one.
"""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from scripts.emulator.durable.journal import encode

# What follows from a table's items or a queue's messages.
_OF_ITEMS = {"items", "ItemCount", "TableSizeBytes"}
_OF_MESSAGES = ("messages", "ApproximateNumberOfMessages")
TABLE_STORES = (
    *("tags", "ttl_settings", "pitr_settings", "kinesis_destinations", "contributor_insights"),
    *("backups", "resource_policies", "exports", "imports"),
)


def _tables() -> dict[str, Any]:
    from ministack.core.responses import AccountRegionScopedDict
    from ministack.services import dynamodb

    left_out = {*_OF_ITEMS, dynamodb._INDEX_MEMBERS}
    tables = AccountRegionScopedDict()
    for scoped, table in dynamodb._tables.all_items():
        kept = {name: one for name, one in table.items() if name not in left_out}
        tables.set_scoped(*scoped, kept)
    stores = {name: getattr(dynamodb, f"_{name}") for name in TABLE_STORES}
    return {"tables": tables, **stores}


def _queues() -> dict[str, Any]:
    from ministack.core.responses import AccountRegionScopedDict
    from ministack.services import sqs

    queues = AccountRegionScopedDict()
    for scoped, queue in sqs._queues.all_items():
        attributes = {
            name: one
            for name, one in queue["attributes"].items()
            if not name.startswith(_OF_MESSAGES)
        }
        kept = {**queue, "messages": [], "attributes": attributes}
        queues.set_scoped(*scoped, kept)
    return {"queues": queues, "queue_name_to_url": sqs._queue_name_to_url}


LEAN: dict[str, Callable[[], dict[str, Any]]] = {"dynamodb": _tables, "sqs": _queues}


class States:
    """States of all services that are in use, and which of them changed."""

    def __init__(self, emulator: Any) -> None:
        self.emulator = emulator
        self._noted: dict[str, int] = {}

    def all(self) -> dict[str, Callable[[], Any]]:
        """Functions that return a service's state, by the name of its file."""
        return {**self.emulator._build_persistence_save_dict(), **LEAN}

    def of_service(self, service: str) -> set[str]:
        """Names of the states that a service's requests change."""
        config = self.emulator.SERVICE_REGISTRY.get(service) or {}
        modules = {config.get("module", service), *config.get("sub_modules", ())}
        return {name for name, module in self.emulator._state_map.items() if module in modules}

    def changed(self, names: Iterable[str] | None = None) -> list[tuple[str, bytes]]:
        """Return states that changed since the last call, as JSON.

        ``names`` are those to look at, None for all.
        """
        found, states = [], self.all()
        for name in states if names is None else names:
            if name not in states or (state := states[name]()) is None:
                continue
            content = encode(state)
            checksum = zlib.crc32(content)
            if self._noted.get(name) != checksum:
                self._noted[name] = checksum
                found.append((name, content))
        return found


def revive(state: Any) -> Any:
    """The emulator's containers out of a state's plain JSON."""
    from ministack.core.persistence import _json_object_hook

    return json.loads(json.dumps(state), object_hook=_json_object_hook)


def _scoped(store: Any) -> dict[Any, Any]:
    data: dict[Any, Any] = store._data if hasattr(store, "_data") else {}
    return data


def recount(table: dict[str, Any]) -> None:
    """Recount a table's items; its indexes are rebuilt on demand."""
    from ministack.services import dynamodb

    table.pop(dynamodb._INDEX_MEMBERS, None)
    table["ItemCount"] = sum(map(len, table["items"].values()))
    table["TableSizeBytes"] = table["ItemCount"] * 200


def set_tables(state: dict[str, Any]) -> None:
    """Make the tables those of a state; tables that stay keep their items."""
    from ministack.services import dynamodb

    wanted = _scoped(state.pop("tables", None))
    for scoped in [one for one in dynamodb._tables._data if one not in wanted]:
        del dynamodb._tables._data[scoped]
        dynamodb._stream_records._data.pop(scoped, None)
    for scoped, table in wanted.items():
        old = dynamodb._tables._data.get(scoped)
        same = old is not None and old.get("TableId") == table.get("TableId")
        items = old["items"] if same else table.get("items") or {}
        if old is not None and not same:
            dynamodb._stream_records._data.pop(scoped, None)
        table["items"] = items if isinstance(items, defaultdict) else defaultdict(dict, items)
        recount(table)
        dynamodb._tables._data[scoped] = table
    for name in TABLE_STORES:
        store = getattr(dynamodb, f"_{name}")
        store._data.clear()
        store._data.update(_scoped(state.get(name)))


def set_queues(state: dict[str, Any]) -> None:
    """Make the queues those of a state; queues that stay keep their messages."""
    from ministack.services import sqs

    wanted = _scoped(state.get("queues"))
    for scoped in [one for one in sqs._queues._data if one not in wanted]:
        del sqs._queues._data[scoped]
    for scoped, queue in wanted.items():
        old = sqs._queues._data.get(scoped)
        kept = old["messages"] if old is not None else queue.get("messages", [])
        sqs._queues._data[scoped] = {**queue, "messages": list(kept)}
    sqs._queue_name_to_url.clear()
    sqs._rebuild_queue_name_index()
