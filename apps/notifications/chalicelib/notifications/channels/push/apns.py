"""iOS by APNs over HTTP/2.

All threads send over one connection, driven by an event loop in a thread of its own. httpx's
synchronous client, shared by threads, sends some pushes twice and lets a stalled stream hold
others; docs/decisions/0052-channels.md has the figures.
"""

import asyncio
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.notifications.channels import configuration
from chalicelib.notifications.channels.dead import DeadTarget
from chalicelib.notifications.channels.exchange import retry_after
from chalicelib.notifications.channels.push import payloads
from chalicelib.notifications.channels.push.connection import Connection
from chalicelib.notifications.channels.push.provider_token import provider_token
from chalicelib.notifications.core import names
from chalicelib.notifications.core.message import (
    ConfigurationFailure,
    Message,
    PermanentFailure,
    TransientFailure,
)

from shared.base.process import process

if TYPE_CHECKING:
    from httpx import Response

APPLE = "https://api.push.apple.com"
_PRIORITIES = {"high": "10", "normal": "5", "low": "1"}
_DEAD = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic", "ExpiredToken", "Unregistered"})


@dataclass(frozen=True)
class ApnsLimits:
    """Seconds for one push, with waiting for the connection."""

    seconds: float = 12.0


class ApnsAdapter:
    """See the module. `send_many` has all its pushes in flight at once."""

    name = "apns"
    channel = names.IOS
    batch_size = 100

    def send(self, message: Message) -> str:
        """See `Adapter.send`; the id follows from notification and target."""
        outcome = self.send_many([message])[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def send_many(self, messages: Sequence[Message]) -> Mapping[int, str | Exception]:
        """See `BatchAdapter.send_many`."""
        outcomes: dict[int, str | Exception] = _loop().run(self._all(messages))
        return outcomes

    async def _all(self, messages: Sequence[Message]) -> dict[int, str | Exception]:
        sent = await asyncio.gather(*(self._one(one) for one in messages), return_exceptions=True)
        return {
            place: one if isinstance(one, str | Exception) else _cancelled()
            for place, one in enumerate(sent)
        }

    async def _one(self, message: Message) -> str:
        headers = _headers(message)
        path, body = f"/3/device/{message.target.address}", payloads.apns(message)
        seconds = process.limits(ApnsLimits).seconds
        for last in (False, True):
            token = provider_token().get()
            sent = {**headers, "authorization": f"bearer {token}"}
            try:
                response = await _loop().connection.post(path, body, sent, seconds)
            except TimeoutError as error:
                raise TransientFailure(detail="APNs did not answer in time") from error
            answer = _answer(response)
            if response.status_code == 200:
                return headers["apns-id"]
            expired = response.status_code == 403 and answer.get("reason") == "ExpiredProviderToken"
            if last or not expired or not provider_token().replace(token):
                raise _failure(response, answer, message)
        raise AssertionError("unreachable")


class _Loop:
    """An event loop in a thread of its own, with the connection to APNs."""

    def __init__(self) -> None:
        self.connection = Connection(
            configuration.setting("APNS_URL", APPLE), configuration.authority()
        )
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="apns", daemon=True).start()

    def run(self, work: Any) -> Any:
        """Wait for a coroutine; its own time limits end it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


_loop = process.lasting(_Loop)


def _headers(message: Message) -> dict[str, str]:
    (topic,) = configuration.required("APNS_TOPIC")
    # The same push has the same id each time, so that a repetition can be told.
    name = f"{message.notification_id}#{message.target.key}"
    found = {
        "apns-id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
        "apns-topic": topic,
        "apns-push-type": "alert",
        "apns-priority": _PRIORITIES.get(message.priority, "5"),
    }
    if message.expires_at is not None:
        payloads.seconds_left(message.expires_at)
        found["apns-expiration"] = str(message.expires_at // 1000)
    if message.collapse_key:
        found["apns-collapse-id"] = payloads.collapse_id(message.collapse_key, 64)
    return found


def _answer(response: "Response") -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _failure(response: "Response", answer: dict[str, Any], message: Message) -> Exception:
    """Return the failure for an answer other than 200."""
    status, reason = response.status_code, str(answer.get("reason", ""))
    if status == 413 or reason == "PayloadTooLarge":
        return PermanentFailure("too_large")
    if status == 429 or status >= 500:
        wait = retry_after({name.lower(): value for name, value in response.headers.items()})
        return TransientFailure(wait, f"APNs answered {status} {reason}", unsent=status == 429)
    if reason == "ExpiredProviderToken":
        detail = "APNs takes the provider token for expired"
        return TransientFailure(detail=detail, unsent=True)
    if status == 410 or (status == 400 and reason in _DEAD):
        told = answer.get("timestamp")
        registered_at = message.target.registered_at or 0
        if isinstance(told, int | float) and registered_at > told:
            # The app has registered again since the provider lost sight of it.
            return PermanentFailure("unregistered")
        return DeadTarget("unregistered")
    return ConfigurationFailure(f"APNs answered {status} {reason}")


def _cancelled() -> TransientFailure:
    return TransientFailure(detail="the push was cancelled")
