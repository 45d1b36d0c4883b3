"""Webhooks: requests signed as the Standard Webhooks specification says."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

from chalicelib.notifications.channels import parallel
from chalicelib.notifications.channels.dead import DeadTarget
from chalicelib.notifications.channels.endpoints import untrusted
from chalicelib.notifications.channels.push.payloads import seconds_left
from chalicelib.notifications.core import names
from chalicelib.notifications.core.message import Message, PermanentFailure, TransientFailure

from shared.base.clock import iso, now_ms, now_seconds

MAX_BYTES = 64 << 10


class WebhookAdapter:
    """See the module. Receivers refuse replays by id and timestamp."""

    name = "webhook"
    channel = names.WEBHOOK
    batch_size = parallel.THREADS

    def send_many(self, messages: Sequence[Message]) -> Mapping[int, str | Exception]:
        """See `BatchAdapter.send_many`: a call for each, several at a time."""
        return dict(enumerate(parallel.each(self.send, messages)))

    def send(self, message: Message) -> str:
        """See `Adapter.send`; the id is the same at each attempt."""
        if message.expires_at is not None:
            seconds_left(message.expires_at)
        secret = str((message.target.subscription or {})["secret"])
        identifier = f"{message.notification_id}.{message.target.key}"
        body = _body(message)
        stamp = str(now_seconds())
        headers = {
            "content-type": "application/json",
            "webhook-id": identifier,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(secret, identifier, stamp, body),
        }
        answer = untrusted.post(message.target.address, body, headers)
        match answer.status:
            case status if 200 <= status < 300:
                return identifier
            case 410:
                raise DeadTarget("unregistered")
            case status if status in (408, 409, 425, 429) or status >= 500:
                detail = f"the webhook answered {status}"
                raise TransientFailure(answer.retry_after, detail)
        raise PermanentFailure("configuration")


def signature(secret: str, identifier: str, stamp: str, body: bytes) -> str:
    """Return ``v1,<base64 of the HMAC-SHA-256 of id.timestamp.body>``.

    Args:
        secret: base64 behind ``whsec_``.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{identifier}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _body(message: Message) -> bytes:
    content = {
        "type": "notification",
        "timestamp": iso(now_ms()),
        "data": {
            "notification_id": message.notification_id,
            "title": message.title,
            "text": message.text,
            "url": message.url,
            "category": message.category,
            "data": dict(message.data),
        },
    }
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) > MAX_BYTES:
        raise PermanentFailure("too_large")
    return body
