"""Endpoints of the local stack alone: health, outbox and demo logins."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientTimeout, web

from scripts.base import restarts
from scripts.base.demo_logins import logins
from scripts.gateway.outbox import merged, select_mails
from scripts.gateway.proxy import Proxy, problem_response
from scripts.gateway.site import documentation

PROBE = ClientTimeout(total=3)
# The emulator answers nobody while it saves what it holds.
PATIENCE = ClientTimeout(total=20)
OUTBOX_DEFAULT, OUTBOX_LIMIT = 50, 500
NO_STORE = {"cache-control": "no-store"}
# Mails bring their styles along, and nothing else of them may run or load.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


class LocalEndpoints:
    """Handlers that know the whole stack."""

    def __init__(self, proxy: Proxy, aws_url: str, state: Path, providers_url: str = "") -> None:
        self.proxy, self.aws_url, self.state = proxy, aws_url, state
        self.providers_url = providers_url
        self._was_ready = False

    async def _probe(self, domain: str, base: str) -> tuple[str, str, dict[str, Any], int]:
        try:
            async with self.proxy.session.get(f"{base}/_health", timeout=PROBE) as answer:
                content = await answer.json()
                lag = int(content.get("pump", {}).get("lag_ms", 0))
                return domain, str(content.get("status", "down")), content.get("queues", {}), lag
        except (ClientError, TimeoutError, ValueError):
            return domain, "down", {}, 0

    async def health(self, _: web.Request) -> web.Response:
        """200 if every domain serves and reads events, and all is saved.

        Also says which domains the supervisor had to start again, and how often.
        """
        probes = [self._probe(*one) for one in self.proxy.upstreams.items()]
        found = await asyncio.gather(*probes)
        saved, again = await self.proxy.storage.words(), restarts.read(self.state)
        ready = all(status == "ok" for _, status, *_ in found) and (saved or "ok").startswith("ok")
        self._was_ready = self._was_ready or ready
        content: dict[str, Any] = {
            "status": "ok" if ready else "degraded" if self._was_ready else "starting",
            "domains": {
                domain: "restarting" if status == "down" and domain in again else status
                for domain, status, *_ in found
            },
            "queues": {name: one for *_, queues, _ in found for name, one in queues.items()},
            # Time since the slowest stream was read to its end.
            "lag_ms": max((lag for *_, lag in found), default=0),
        }
        if saved:
            content["aws"] = saved
        if again:
            content["restarts"] = again
        return web.json_response(content, status=200 if ready else 503, headers=NO_STORE)

    def _document(self) -> str | None:
        path = self.state / "openapi.json"
        return path.read_text() if path.is_file() else None

    async def openapi(self, _: web.Request) -> web.Response:
        """The API's description, as the runner generated it at the start."""
        document = self._document()
        if document is None:
            return problem_response(503, "The API's description is not generated yet.")
        headers = {**NO_STORE, "access-control-allow-origin": "*"}
        return web.Response(text=document, content_type="application/json", headers=headers)

    async def docs(self, _: web.Request) -> web.Response:
        """The same for humans."""
        document = self._document()
        if document is None:
            return problem_response(503, "The API's description is not generated yet.")
        return documentation(json.loads(document))

    async def logins(self, _: web.Request) -> web.Response:
        """Accounts of the demo community, with their public passwords."""
        found = [
            {"username": username, "password": password, "role": role}
            for username, password, role in logins(self.state)
        ]
        return web.json_response({"data": found}, headers=NO_STORE)

    async def outbox(self, request: web.Request) -> web.Response:
        """Messages that would have been sent, newest first.

        ``to`` picks one address, number or token, ``channel`` one channel.
        """
        number = request.query.get("max_results", str(OUTBOX_DEFAULT))
        if not number.isdigit() or not 1 <= int(number) <= OUTBOX_LIMIT:
            return problem_response(400, f"max_results is a number from 1 to {OUTBOX_LIMIT}.")
        to, channel = request.query.get("to"), request.query.get("channel")
        try:
            accounts = (await self._ask(f"{self.aws_url}/_ministack/ses/messages"))["messages"]
            provided = []
            if self.providers_url:
                provided = (await self._ask(f"{self.providers_url}/_sent"))["data"]
        except (ClientError, TimeoutError, ValueError, KeyError):
            detail = "The embedded mail service does not answer."
            return problem_response(503, detail, {"retry-after": "2"})
        known = [one for one in provided if one["channel"] == "email" or to in (None, one["to"])]
        found = merged(select_mails(accounts, to, int(number)), known)
        chosen = [one for one in found if channel in (None, one["channel"])]
        return web.json_response({"data": chosen[: int(number)]}, headers=NO_STORE)

    async def mail(self, request: web.Request) -> web.Response:
        """The HTML part of a mail, as a page that may do nothing."""
        try:
            accounts = (await self._ask(f"{self.aws_url}/_ministack/ses/messages"))["messages"]
        except (ClientError, TimeoutError, ValueError, KeyError):
            detail = "The embedded mail service does not answer."
            return problem_response(503, detail, {"retry-after": "2"})
        wanted = request.match_info["id"]
        for one in (mail for mails in accounts.values() for mail in mails):
            if one.get("MessageId") == wanted and one.get("BodyHtml"):
                headers = {**NO_STORE, "content-security-policy": MAIL_POLICY}
                return web.Response(text=one["BodyHtml"], content_type="text/html", headers=headers)
        return problem_response(404, "There is no such mail.")

    async def _ask(self, url: str) -> Any:
        async with self.proxy.session.get(url, timeout=PATIENCE) as answer:
            return await answer.json()
