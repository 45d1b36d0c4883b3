"""Simulator of a web push service, and a receiver of webhooks.

``POST /push-subscriptions`` plays a browser: it makes keys and answers with the subscription.
Pushes are decrypted for the journal. Faults of ``webpush`` and ``webhook``: those of
`faulty`, and ``status``.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from scripts.providers.faulty import answer, disturb
from scripts.providers.journal import Journal


@dataclass
class _Browser:
    key: ec.EllipticCurvePrivateKey
    auth: bytes
    application_key: str = ""
    gone: bool = False


class WebPush:
    """Handlers; ``base`` is the address that subscriptions begin with."""

    def __init__(self, journal: Journal) -> None:
        self.journal, self.base = journal, ""
        self._browsers: dict[str, _Browser] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/push-subscriptions", self._subscribe),
            web.delete("/push/{id}", self._unsubscribe),
            web.post("/push/{id}", self._push),
            web.post("/hooks/{id}", self._hook),
        ]

    def subscribe(self, application_key: str = "") -> dict[str, Any]:
        """Return a new subscription, bound to a public key if there is one."""
        identifier = secrets.token_urlsafe(16)
        browser = _Browser(ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16))
        browser.application_key = application_key
        self._browsers[identifier] = browser
        point = browser.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _encode(point), "auth": _encode(browser.auth)}
        return {"endpoint": f"{self.base}/push/{identifier}", "keys": keys}

    async def _subscribe(self, request: web.Request) -> web.Response:
        given = await request.json() if request.can_read_body else {}
        return answer(201, self.subscribe(str(given.get("applicationServerKey", ""))))

    async def _unsubscribe(self, request: web.Request) -> web.Response:
        browser = self._browsers.get(request.match_info["id"])
        if browser is not None:
            browser.gone = True
        return answer(204)

    async def _push(self, request: web.Request) -> web.Response:
        fault = self.journal.next_fault("webpush")
        await disturb(request, fault)
        if "status" in fault:
            return answer(fault["status"], None, fault)
        identifier = request.match_info["id"]
        browser = self._browsers.get(identifier)
        if browser is None:
            return answer(404)
        if browser.gone:
            return answer(410)
        authorization = request.headers.get("authorization", "")
        try:
            valid = Vapid02.verify(authorization)
        except Exception:
            valid = False
        key = authorization.rpartition("k=")[2]
        if not valid or (browser.application_key and browser.application_key != key):
            return answer(403)
        if "ttl" not in request.headers:
            return answer(400)
        body = await request.read()
        if len(body) > 4096:
            return answer(413)
        text = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.auth)
        shown = json.loads(text)
        names = ("ttl", "urgency", "topic", "content-type")
        self.journal.note(
            "webpush",
            f"{self.base}/push/{identifier}",
            title=shown.get("title"),
            text=shown.get("text"),
            url=shown.get("url"),
            id=shown.get("notification_id"),
            headers={name: request.headers.get(name) for name in names},
        )
        location = f"{self.base}/message/{secrets.token_urlsafe(12)}"
        return answer(201, location=location)

    async def _hook(self, request: web.Request) -> web.Response:
        fault = self.journal.next_fault("webhook")
        await disturb(request, fault)
        if "status" in fault:
            return answer(fault["status"], None, fault)
        body = await request.text()
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        data = json.loads(body)["data"]
        self.journal.note(
            "webhook",
            f"{self.base}/hooks/{request.match_info['id']}",
            title=data.get("title"),
            text=data.get("text"),
            url=data.get("url"),
            id=request.headers.get("webhook-id"),
            headers={name: request.headers.get(name, "") for name in names},
            body=body,
        )
        return answer(204)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
