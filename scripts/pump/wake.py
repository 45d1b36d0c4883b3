"""Wake stream readers when their own process writes to their table.

A domain is the only writer of its tables, so its process knows of nearly every
change before a poll could find it. With this hint the idle poll may be slow
(cheap) and a change is still handled within milliseconds. It is a hint only:
polling finds whatever it misses.
"""

from __future__ import annotations

import threading
from typing import Any

from botocore.client import BaseClient

_WRITES = {
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
}
_listeners: dict[str, list[threading.Event]] = {}
_lock = threading.Lock()
_installed = threading.Event()


def _tables(operation: str, parameters: dict[str, Any]) -> set[str]:
    if operation == "BatchWriteItem":
        return set(parameters.get("RequestItems") or ())
    if operation == "TransactWriteItems":
        return {
            str(action.get("TableName"))
            for item in parameters.get("TransactItems") or ()
            for action in item.values()
        }
    return {str(parameters.get("TableName"))}


def _install() -> None:
    # Clients come from boto3 and from PynamoDB's own sessions; their base
    # class is the one place that sees the calls of both.
    original = BaseClient._make_api_call

    def call(self: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
        try:
            return original(self, operation_name, api_params)
        finally:
            # A call that failed may have written all the same.
            if operation_name in _WRITES and _listeners:
                for table in _tables(operation_name, api_params):
                    for event in _listeners.get(table, ()):
                        event.set()

    BaseClient._make_api_call = call


def listen(table: str, event: threading.Event) -> None:
    """Set the event after every write of this process to the table."""
    with _lock:
        if not _installed.is_set():
            _install()
            _installed.set()
        _listeners.setdefault(table, []).append(event)


def forget(table: str, event: threading.Event) -> None:
    """Undo `listen`."""
    with _lock:
        if event in _listeners.get(table, []):
            _listeners[table].remove(event)
