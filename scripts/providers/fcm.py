"""Simulator of FCM HTTP v1 and of its token endpoint.

Tokens that begin with ``dead`` are unregistered. Faults of ``fcm`` and ``fcm_token``: those of
`faulty`, and ``status`` with ``code`` (FCM's own error detail), ``body`` or neither.
"""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from scripts.providers.credentials import PROJECT, Credentials
from scripts.providers.faulty import answer, disturb
from scripts.providers.journal import Fault, Journal

# Google's own libraries name this audience, whatever endpoint they ask.
PUBLIC_AUDIENCE = "https://oauth2.googleapis.com/token"
_DETAIL = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_EXPIRES = 3600


class Fcm:
    """Handlers of both endpoints; ``issued`` counts access tokens."""

    def __init__(self, journal: Journal, credentials: Credentials) -> None:
        self.journal, self.issued = journal, 0
        account = json.loads(credentials.service_account.read_text())
        self._email, self._key = account["client_email"], RSAKey.import_key(account["private_key"])
        self._tokens: set[str] = set()
        self.token_url = ""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes: ``/fcm`` is the base of the API."""
        return [
            web.post("/fcm/v1/projects/{project}/messages:send", self._send),
            web.post("/token", self._token),
        ]

    def revoke(self) -> None:
        """Let no access token be valid any more."""
        self._tokens.clear()

    async def _token(self, request: web.Request) -> web.Response:
        fault = self.journal.next_fault("fcm_token")
        await disturb(request, fault)
        if "status" in fault:
            return answer(fault["status"], {"error": "server_error"}, fault)
        form = await request.post()
        try:
            found = jwt.decode(str(form.get("assertion", "")), self._key, algorithms=["RS256"])
        except (JoseError, ValueError):
            return answer(400, {"error": "invalid_grant"})
        claims = found.claims
        known = claims.get("iss") == self._email and claims.get("exp", 0) > time.time()
        if not known or claims.get("aud") not in (self.token_url, PUBLIC_AUDIENCE):
            return answer(400, {"error": "invalid_grant"})
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._tokens.add(token)
        self.issued += 1
        told = {"access_token": token, "expires_in": _EXPIRES, "token_type": "Bearer"}
        return answer(200, told)

    async def _send(self, request: web.Request) -> web.Response:
        fault = self.journal.next_fault("fcm")
        await disturb(request, fault)
        if "status" in fault:
            return _refusal(fault["status"], fault.get("code", ""), fault)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self._tokens:
            return _refusal(401, "", {})
        if request.match_info["project"] != PROJECT:
            return _refusal(403, "", {})
        message: dict[str, Any] = (await request.json())["message"]
        if str(message.get("token", "")).startswith("dead"):
            return _refusal(404, "UNREGISTERED", {})
        wrong = [one for one in (message.get("data") or {}).values() if not isinstance(one, str)]
        if wrong or not message.get("token"):
            return _refusal(400, "", {})
        shown = message.get("notification", {})
        name = f"projects/{PROJECT}/messages/{secrets.token_hex(8)}"
        data = message.get("data") or {}
        self.journal.note(
            "android",
            message["token"],
            title=shown.get("title"),
            text=shown.get("body"),
            url=data.get("url"),
            id=name,
            data=data,
            android=message.get("android"),
        )
        return answer(200, {"name": name})


def _refusal(status: int, code: str, fault: Fault) -> web.Response:
    details = [{"@type": _DETAIL, "errorCode": code}] if code else []
    error = {"code": status, "message": "refused", "status": "REFUSED", "details": details}
    return answer(status, {"error": error}, fault)
