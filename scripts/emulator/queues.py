"""Queues of the embedded AWS: prompt long polls, and all depths at once.

The emulator looks ten times a second whether a waiting poll has something to
take: that delays each hop of an event, and dozens of polls keep a core warm.
And it tells of S3's objects from a thread of its own, so that nobody knows
when all has been told. Runs in the stack's own virtual environment.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

DEPTHS_PATH = "/_rookery/queues"
# How often a poll looks that nothing has woken, and how long the emulator's own pauses are.
LOOK_SECONDS, EMULATOR_LOOK_SECONDS = 1.0, 0.1

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]

# Requests that put no message into a queue; anything else may have, by a topic or a rule.
_NO_MESSAGE = ("DynamoDB", "AmazonSQS.Receive", "AmazonSQS.Delete", "AmazonSQS.Get")


class QueueApp:
    """Application that wakes long polls after requests that may send."""

    def __init__(
        self, app: Asgi, seconds_to_due: Callable[[], float], look_seconds: float = LOOK_SECONDS
    ) -> None:
        self.app, self._seconds_to_due = app, seconds_to_due
        self._look_seconds = look_seconds
        self._sent = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        """Wait for a sent or due message, or for the end of the poll.

        ``seconds`` is what the emulator would wait: a whole look, or less at a poll's end.
        """
        if seconds >= EMULATOR_LOOK_SECONDS:
            seconds = min(self._look_seconds, max(0.01, self._seconds_to_due()))
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
    """Messages of each queue by name: visible, in flight and delayed ones."""
    from ministack.services import sqs

    return {
        str(queue["attributes"]["QueueArn"]).rpartition(":")[2]: len(queue["messages"])
        for _, queue in sqs._queues.all_items()
    }


def seconds_to_due() -> float:
    """Seconds until a delayed or in-flight message is visible; else infinity."""
    from ministack.services import sqs

    now = time.time()
    times = (one["visible_at"] for _, queue in sqs._queues.all_items() for one in queue["messages"])
    return min((at - now for at in times if at > now), default=float("inf"))


def tells_of_objects_at_once() -> None:
    """Deliver S3's events before the request that caused them is answered."""
    from ministack.services import s3

    def fire(bucket: str, key: str, event: str, **named: Any) -> None:
        if bucket in s3._bucket_notifications:
            s3._fire_s3_event(
                bucket, key, event, sequencer=s3._next_event_sequencer(event), **named
            )

    s3._fire_s3_event_async = fire


def waits_for_messages(app: QueueApp) -> None:
    """Make the emulator's long polls wait by `QueueApp.pause`."""
    from ministack.services import sqs

    class Asyncio:
        iscoroutine = staticmethod(asyncio.iscoroutine)
        sleep = staticmethod(app.pause)

    sqs.asyncio = Asyncio
