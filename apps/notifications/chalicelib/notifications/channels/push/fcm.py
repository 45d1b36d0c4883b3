"""Android by Firebase Cloud Messaging, HTTP v1."""

import json
from collections.abc import Mapping, Sequence

from chalicelib.notifications.channels import configuration, exchange, parallel
from chalicelib.notifications.channels.dead import DeadTarget
from chalicelib.notifications.channels.exchange import Answer
from chalicelib.notifications.channels.push import payloads
from chalicelib.notifications.channels.push.access_token import access_token, service_account
from chalicelib.notifications.core import names
from chalicelib.notifications.core.message import (
    ConfigurationFailure,
    Message,
    PermanentFailure,
    TransientFailure,
)

GOOGLE = "https://fcm.googleapis.com"
_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


class FcmAdapter:
    """See the module."""

    name = "fcm"
    channel = names.ANDROID
    batch_size = parallel.THREADS

    def send_many(self, messages: Sequence[Message]) -> Mapping[int, str | Exception]:
        """See `BatchAdapter.send_many`: a call for each, several at a time."""
        return dict(enumerate(parallel.each(self.send, messages)))

    def send(self, message: Message) -> str:
        """See `Adapter.send`; returns FCM's name of the message."""
        body = json.dumps({"message": payloads.fcm(message)}).encode()
        base = configuration.setting("FCM_URL", GOOGLE).rstrip("/")
        url = f"{base}/v1/projects/{service_account()['project_id']}/messages:send"
        token = access_token().get()
        answer = _post(url, body, token)
        if answer.status == 401 and _error_code(answer) != "THIRD_PARTY_AUTH_ERROR":
            # Revoked before its time: one new token, which all threads share.
            answer = _post(url, body, access_token().get(refused=token))
        if answer.status == 200:
            return str(answer.json().get("name", ""))
        raise _failure(answer)


def _post(url: str, body: bytes, token: str) -> Answer:
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    return exchange.post(url, body, headers)


def _error_code(answer: Answer) -> str:
    """Return the code of FCM's own error detail; "" if the answer has none."""
    error = answer.json().get("error")
    details = error.get("details") if isinstance(error, dict) else None
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and detail.get("@type") == _FCM_ERROR:
            return str(detail.get("errorCode") or "UNSPECIFIED_ERROR")
    return ""


def _failure(answer: Answer) -> Exception:
    """Return the failure for an answer other than 200."""
    code, status = _error_code(answer), answer.status
    if status == 429 or status >= 500:
        detail = f"FCM answered {status} {code}"
        return TransientFailure(answer.retry_after, detail, unsent=status == 429)
    if code == "UNREGISTERED" or (status == 400 and code):
        # A 400 without FCM's own detail blames the request, not the token.
        return DeadTarget("unregistered")
    if code == "SENDER_ID_MISMATCH" or status == 400:
        return PermanentFailure("configuration")
    return ConfigurationFailure(f"FCM answered {status} {code}".rstrip())
