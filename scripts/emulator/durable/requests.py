"""Answers requests once what they changed is noted.

A request is a read, changes rows, or may change a service's state.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from scripts.emulator.durable.keeper import Keeper

STATUS_PATH = "/_rookery/storage"
# 507 Insufficient Storage: no SDK tries again.
REFUSED = 507
_READS = ("Get", "Describe", "List", "Query", "Scan", "BatchGet", "Receive", "Head", "Sign",
          "Verify", "Encrypt", "Decrypt", "Generate", "AssumeRole", "TransactGet")  # fmt: skip
_ROWS = {
    *("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"),
    *("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"),
    *("SendMessage", "SendMessageBatch", "DeleteMessage", "DeleteMessageBatch", "PurgeQueue"),
    *("ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "Publish", "PublishBatch"),
}

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]


def kind(action: str, method: str, service: str, path: str) -> str:
    """``read``, ``rows`` or ``structure``."""
    if method in {"GET", "HEAD", "OPTIONS"} or action.startswith(_READS):
        return "read"
    if action in _ROWS:
        return "rows"
    # An object is a file, not a part of the state of S3.
    return "rows" if service == "s3" and "/" in path.strip("/") else "structure"


class DurableApp:
    """Application that holds each answer until its notes are written."""

    def __init__(self, app: Asgi, keeper: Keeper, detect: Callable[..., str]) -> None:
        self.app, self.keeper, self._detect = app, keeper, detect

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one ASGI scope."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] == STATUS_PATH:
            await _answer(send, 200, self.keeper.status())
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope.get("headers") or ()
        }
        method, path = scope["method"], scope["path"]
        service = self._detect(method, path, headers, {})
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if method == "POST" and not action and service != "s3":
            first = await receive()
            action = _action(first.get("body", b""))
            receive = _again(first, receive)
        what = kind(action, method, service, path)
        if what != "read" and self.keeper.refusing:
            # With its body unread, the server closes a connection that the client would use again.
            await _read_away(receive)
            await self._refuse(send)
            return
        refused = False

        async def hold(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                if what == "structure":
                    self.keeper.note_structure(service)
                elif service == "cloudformation":
                    self.keeper.note_pending()
                refused = not self.keeper.flush() and what != "read"
                if refused:
                    await self._refuse(send)
            if not refused:
                await send(message)

        await self.app(scope, receive, hold)

    async def _refuse(self, send: Send) -> None:
        words = f"This machine saves nothing at the moment ({self.keeper.refusing})."
        content = {"__type": "StorageUnavailable", "message": words}
        await _answer(send, REFUSED, content)


async def _read_away(receive: Receive) -> None:
    while (await receive()).get("more_body"):
        pass


def _action(body: bytes) -> str:
    return parse_qs(body[:4096].decode("latin-1")).get("Action", [""])[0]


def _again(first: Message, receive: Receive) -> Receive:
    left = [first]

    async def next_message() -> Message:
        return left.pop() if left else await receive()

    return next_message


async def _answer(send: Send, status: int, content: Any) -> None:
    headers = [(b"content-type", b"application/x-amz-json-1.0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(content).encode()})
