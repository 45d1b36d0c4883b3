"""Web push (RFC 8030), encrypted (RFC 8291) and signed (RFC 8292)."""

import base64
import hashlib
from collections.abc import Mapping, Sequence

from chalicelib.notifications.channels import parallel
from chalicelib.notifications.channels.dead import DeadTarget
from chalicelib.notifications.channels.endpoints import untrusted, vapid
from chalicelib.notifications.channels.endpoints.subscriptions import Subscription
from chalicelib.notifications.channels.exchange import Answer
from chalicelib.notifications.channels.push import payloads
from chalicelib.notifications.core import names
from chalicelib.notifications.core.message import (
    ConfigurationFailure,
    Message,
    PermanentFailure,
    TransientFailure,
)

# Of a message without an end.
_TTL_SECONDS = 28 * 86_400


class WebPushAdapter:
    """See the module."""

    name = "webpush"
    channel = names.WEBPUSH
    batch_size = parallel.THREADS

    def send_many(self, messages: Sequence[Message]) -> Mapping[int, str | Exception]:
        """See `BatchAdapter.send_many`: a call for each, several at a time."""
        return dict(enumerate(parallel.each(self.send, messages)))

    def send(self, message: Message) -> str:
        """See `Adapter.send`; the id is the address of the message, if any."""
        ttl = _TTL_SECONDS
        if message.expires_at is not None:
            ttl = min(ttl, payloads.seconds_left(message.expires_at))
        try:
            subscription = Subscription.of(message.target.subscription or {})
        except ValueError as error:
            raise DeadTarget("unregistered") from error
        body = _encrypted(payloads.web(message), subscription)
        headers = {
            "authorization": vapid.authorization(subscription.endpoint),
            "content-encoding": "aes128gcm",
            # No RFC asks for it, but some services read no body without.
            "content-type": "application/octet-stream",
            "ttl": str(ttl),
            "urgency": message.priority,
        }
        if message.collapse_key:
            headers["topic"] = _topic(message.collapse_key)
        answer = untrusted.post(subscription.endpoint, body, headers)
        if 200 <= answer.status < 300:
            return answer.headers.get("location", "") or f"accepted:{message.target.key}"
        raise _failure(answer)


def _encrypted(payload: bytes, subscription: Subscription) -> bytes:
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec

    encrypted: bytes = http_ece.encrypt(
        payload,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=subscription.key,
        auth_secret=subscription.auth,
    )
    return encrypted


def _topic(key: str) -> str:
    """Return a collapse key as a topic: 32 characters of base64url."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()[:24]).decode()


def _failure(answer: Answer) -> Exception:
    match answer.status:
        case 404 | 410:
            return DeadTarget("unregistered")
        case 413:
            return PermanentFailure("too_large")
        case 400 | 401 | 403:
            # Our key pair or request is wrong. The subscription may be as good as ever.
            return ConfigurationFailure(f"the push service answered {answer.status}")
        case status if status in (406, 408, 429) or status >= 500:
            # Windows' service answers 406 when it limits a sender.
            detail = f"the push service answered {status}"
            return TransientFailure(answer.retry_after, detail, unsent=status in (406, 429))
    return PermanentFailure("configuration")
