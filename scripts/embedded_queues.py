"""Queues of the embedded AWS: long polls that end when a message comes, and all depths at once.

The emulator looks ten times a second whether a waiting poll has something to
take, which adds up over the hops of an event. Runs in the stack's own virtual
environment.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

DEPTHS_PATH = "/_rookery/queues"

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]

# Requests that put no message into a queue; anything else may have, by a topic or a rule.
_NO_MESSAGE = ("DynamoDB", "AmazonSQS.Receive", "AmazonSQS.Delete", "AmazonSQS.Get")


class QueueApp:
    """Passes requests on and wakes waiting polls after those that may have sent a message."""

    def __init__(self, app: Asgi) -> None:
        self.app = app
        self._sent = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        """Wait so long, or until a message may have been sent."""
        try:
            await asyncio.wait_for(self._sent.wait(), seconds)
        except TimeoutError:
            return

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Handle one ASGI scope."""
        if scope["type"] == "http" and scope["path"] == DEPTHS_PATH:
            await _answer(send, depths())
            return
        await self.app(scope, receive, send)
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD"}:
            return
        target = dict(scope.get("headers") or ()).get(b"x-amz-target", b"").decode("latin-1")
        if not target.startswith(_NO_MESSAGE):
            self._sent.set()
            self._sent.clear()


async def _answer(send: Send, body: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def depths() -> dict[str, int]:
    """Messages in each queue by its name, whether visible, in flight or delayed."""
    from ministack.services import sqs

    return {
        str(queue["attributes"]["QueueArn"]).rpartition(":")[2]: len(queue["messages"])
        for _, queue in sqs._queues.all_items()
    }


def waits_for_messages(app: QueueApp) -> None:
    """Let the emulator's long polls pause by `QueueApp.pause` between two looks."""
    from ministack.services import sqs

    class Asyncio:
        iscoroutine = staticmethod(asyncio.iscoroutine)
        sleep = staticmethod(app.pause)

    sqs.asyncio = Asyncio
