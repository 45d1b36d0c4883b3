"""Cases of the conformance suite: each adapter with its simulator."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.base.domain import load_app

load_app("notifications")
from chalicelib.notifications.channels.endpoints.webhook import WebhookAdapter
from chalicelib.notifications.channels.endpoints.webpush import WebPushAdapter
from chalicelib.notifications.channels.mail.ses import SesAdapter
from chalicelib.notifications.channels.port import Adapter
from chalicelib.notifications.channels.push.apns import ApnsAdapter
from chalicelib.notifications.channels.push.fcm import FcmAdapter
from chalicelib.notifications.channels.sms.end_user_messaging import EndUserMessagingAdapter
from chalicelib.notifications.channels.sms.pinpoint import PinpointAdapter
from chalicelib.notifications.core.message import Message, Target

from scripts.providers.simulators import Simulators

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
Fault = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One adapter.

    Attributes:
        provider: the simulator's name for faults.
        address: makes an address with a number; ``None`` as the number: a dead one.
        throttled / broken / forbidden: faults that limit, fail and refuse us.
        dead_reason: of a dead address; empty if the provider never says so.
        most: the largest text in characters; 0 if nothing is too large.
    """

    adapter: Callable[[], Adapter]
    provider: str
    address: Callable[[Simulators, int | None], str]
    throttled: Fault
    broken: Fault
    forbidden: Fault
    dead_reason: str = "unregistered"
    most: int = 4096
    waits: bool = True
    cut: Fault = field(default_factory=lambda: {"reset": True})


def _subscription(simulators: Simulators, number: int | None) -> str:
    made = simulators.web_push.subscribe()
    if number is None:
        made["endpoint"] += "-unknown"
    return json.dumps(made)


def _hook(simulators: Simulators, number: int | None) -> str:
    return json.dumps({"url": f"{simulators.url}/hooks/{number}", "secret": SECRET})


def _token(simulators: Simulators, number: int | None) -> str:
    return "dead" + "0" * 60 if number is None else f"{number:064x}"


def _number(simulators: Simulators, number: int | None) -> str:
    return "+15005550009" if number is None else f"+1500555{1000 + number}"


def _mail(simulators: Simulators, number: int | None) -> str:
    return f"u{number}@example.org"


CASES = {
    "apns": Case(
        ApnsAdapter,
        "apns",
        _token,
        {"status": 429, "reason": "TooManyRequests", "retry_after": 7},
        {"status": 500, "reason": "InternalServerError"},
        {"status": 403, "reason": "InvalidProviderToken"},
        cut={"cut": True},
    ),
    "fcm": Case(
        FcmAdapter,
        "fcm",
        _token,
        {"status": 429, "code": "QUOTA_EXCEEDED", "retry_after": 7},
        {"status": 503, "code": "UNAVAILABLE"},
        {"status": 403},
    ),
    "webpush": Case(
        WebPushAdapter,
        "webpush",
        _subscription,
        {"status": 429, "retry_after": 7},
        {"status": 502},
        {"status": 403},
    ),
    "webhook": Case(
        WebhookAdapter,
        "webhook",
        _hook,
        {"status": 429, "retry_after": 7},
        {"status": 500},
        {},
        dead_reason="",
        most=64 << 10,
    ),
    "sms": Case(
        EndUserMessagingAdapter,
        "sms",
        _number,
        {"status": 400, "type": "ThrottlingException"},
        {"status": 500, "type": "InternalServerException"},
        {"status": 400, "type": "AccessDeniedException"},
        dead_reason="opted_out",
        most=1600,
        waits=False,
    ),
    "pinpoint": Case(
        PinpointAdapter,
        "pinpoint",
        _number,
        {"delivery": "THROTTLED"},
        {"status": 500, "type": "InternalServerErrorException"},
        {"status": 403, "type": "ForbiddenException"},
        dead_reason="opted_out",
        most=1600,
        waits=False,
    ),
    "ses": Case(
        SesAdapter,
        "ses",
        _mail,
        {"status": 429, "type": "TooManyRequestsException"},
        {"status": 500, "type": "InternalFailure"},
        {"status": 403, "type": "AccessDeniedException"},
        dead_reason="",
        most=0,
        waits=False,
    ),
}


def message(address: str, text: str = "It is ready.", **members: Any) -> Message:
    """Return a message with an address: of web push and webhooks, their JSON."""
    digest = hashlib.sha256(address.encode()).hexdigest()
    more: dict[str, Any] = {"registered_at": members.pop("registered_at", 0)}
    if address.startswith("{"):
        more["subscription"] = json.loads(address)
        address = more["subscription"].get("endpoint") or more["subscription"]["url"]
    target = Target(digest[:24], address, device_id=digest[:32], **more)
    given = {
        "notification_id": "n" * 32,
        "recipient_id": "1",
        "title": "Tea",
        "channel": "any",
        "category": "message",
        **members,
    }
    return Message(target=target, text=text, **given)
