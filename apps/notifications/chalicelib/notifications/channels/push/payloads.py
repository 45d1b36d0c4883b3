"""Payloads of pushes, within the 4,096 bytes that every provider allows."""

import hashlib
import json
from typing import Any

from chalicelib.notifications.core.message import Message, PermanentFailure

from shared.base.clock import now_ms

MAX_BYTES = 4096


def apns(message: Message) -> bytes:
    """Return APNs' payload.

    Raises:
        PermanentFailure: ``too_large``.
    """
    alert = {"title": message.title, "body": message.text}
    aps: dict[str, Any] = {"alert": alert, "sound": "default", "thread-id": message.category}
    return bounded({"aps": aps, **_own(message)})


def fcm(message: Message) -> dict[str, Any]:
    """Return FCM's message for the token of a message.

    Raises:
        PermanentFailure: ``too_large``.
    """
    data = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in _own(message).items()
    }
    shown = {"title": message.title, "body": message.text}
    bounded({"notification": shown, "data": data})
    android: dict[str, Any] = {"priority": "NORMAL" if message.priority == "low" else "HIGH"}
    if message.expires_at is not None:
        android["ttl"] = f"{seconds_left(message.expires_at)}s"
    if message.collapse_key:
        android["collapse_key"] = message.collapse_key
    return {
        "token": message.target.address,
        "notification": shown,
        "data": data,
        "android": android,
    }


def web(message: Message) -> bytes:
    """Return the JSON that the web client's service worker shows.

    Raises:
        PermanentFailure: ``too_large``.
    """
    # A record of 4,096 bytes holds a header of 86, a tag of 16 and a delimiter.
    shown = {"title": message.title, "text": message.text, "category": message.category}
    tag = {"tag": message.collapse_key} if message.collapse_key else {}
    return bounded({**shown, **tag, **_own(message)}, MAX_BYTES - 103)


def seconds_left(expires_at: int) -> int:
    """Return the seconds until a message expires.

    Raises:
        PermanentFailure: ``expired``.
    """
    left = (expires_at - now_ms()) // 1000
    if left <= 0:
        raise PermanentFailure("expired")
    return left


def collapse_id(key: str, longest: int) -> str:
    """Return a collapse key of at most so many bytes, or its digest."""
    if len(key.encode()) <= longest and key.isascii():
        return key
    return hashlib.sha256(key.encode()).hexdigest()[:longest]


def bounded(payload: dict[str, Any], longest: int = MAX_BYTES) -> bytes:
    """Return a payload as JSON.

    Raises:
        PermanentFailure: ``too_large``.
    """
    encoded = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    if len(encoded) > longest:
        raise PermanentFailure("too_large")
    return encoded


def _own(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = {"notification_id": message.notification_id}
    if message.url:
        found["url"] = message.url
    if message.data:
        found["data"] = dict(message.data)
    return found
