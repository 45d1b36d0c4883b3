"""Endpoints of the local stack alone: health, outbox and demo logins."""

from __future__ import annotations

import asyncio
import html
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import ClientError, ClientTimeout, web

from scripts.base import restarts
from scripts.base.demo_logins import logins
from scripts.gateway.proxy import Proxy, problem_response
from scripts.gateway.site import documentation

PROBE = ClientTimeout(total=3)
# The emulator answers nobody while it saves what it holds.
PATIENCE = ClientTimeout(total=20)
OUTBOX_DEFAULT, OUTBOX_LIMIT = 50, 500
_TOKEN = re.compile(r"[?&#]token=([A-Za-z0-9._~%-]+)")
_TAG = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]+>", re.S | re.I)
NO_STORE = {"cache-control": "no-store"}
# Mails bring their styles along, and nothing else of them may run or load.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
# Where the simulators of providers tell their address, below the state's folder.
SIMULATORS = "providers/url"


def to_message(mail: Mapping[str, Any]) -> dict[str, Any]:
    """A mail of the emulator as the outbox shows it."""
    plain, markup = mail.get("BodyText") or "", mail.get("BodyHtml") or ""
    # Links hide in attributes of the HTML part, so look there before tags go.
    text = plain or re.sub(r"\s+", " ", html.unescape(_TAG.sub(" ", markup))).strip()
    token = _TOKEN.search(html.unescape(plain)) or _TOKEN.search(html.unescape(markup))
    recipients = [*mail.get("To", []), *mail.get("CC", []), *mail.get("BCC", [])]
    shown = {"id": mail["MessageId"]} if markup and mail.get("MessageId") else {}
    return {
        **shown,
        "channel": "email",
        "to": ", ".join(recipients),
        "subject": mail.get("Subject", ""),
        "text": html.unescape(text),
        "data": {"token": unquote(token[1])} if token else {},
        "created_at": _sent_at(mail).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def to_push(message: Mapping[str, Any]) -> dict[str, Any]:
    """A push, SMS or webhook of a provider's simulator as the outbox shows it."""
    names = ("channel", "to", "title", "text", "url", "encoding", "segments", "price")
    at = datetime.fromtimestamp(float(message.get("at") or 0), UTC)
    found = {name: message[name] for name in names if message.get(name) is not None}
    return {**found, "created_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def _sent_at(mail: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(float(mail.get("Timestamp") or 0), UTC)


def select_mails(
    accounts: Mapping[str, Iterable[Mapping[str, Any]]], to: str | None, limit: int
) -> list[dict[str, Any]]:
    """The newest mails first, those to one address if asked."""
    found = []
    for mails in accounts.values():
        for place, mail in enumerate(mails):
            recipients = [*mail.get("To", []), *mail.get("CC", []), *mail.get("BCC", [])]
            if to is None or any(_address(one) == to.lower() for one in recipients):
                found.append((_sent_at(mail), place, mail))
    found.sort(key=lambda one: one[:2], reverse=True)
    return [to_message(mail) for *_, mail in found[:limit]]


def _address(recipient: str) -> str:
    match = re.search(r"<([^>]*)>", recipient)
    return (match[1] if match else recipient).strip().lower()


class LocalEndpoints:
    """Handlers that know the whole stack."""

    def __init__(self, proxy: Proxy, aws_url: str, state: Path) -> None:
        self.proxy, self.aws_url, self.state = proxy, aws_url, state
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
        """Mails that would have been sent, newest first; ``to`` picks one address."""
        number = request.query.get("max_results", str(OUTBOX_DEFAULT))
        if not number.isdigit() or not 1 <= int(number) <= OUTBOX_LIMIT:
            return problem_response(400, f"max_results is a number from 1 to {OUTBOX_LIMIT}.")
        try:
            url = f"{self.aws_url}/_ministack/ses/messages"
            async with self.proxy.session.get(url, timeout=PATIENCE) as answer:
                accounts = (await answer.json())["messages"]
        except (ClientError, TimeoutError, ValueError, KeyError):
            detail = "The embedded mail service does not answer."
            return problem_response(503, detail, {"retry-after": "2"})
        to, channel = request.query.get("to"), request.query.get("channel")
        found = select_mails(accounts, to, int(number)) + await self._pushes(to)
        if channel is not None:
            found = [one for one in found if one["channel"] == channel]
        found.sort(key=lambda one: one["created_at"], reverse=True)
        return web.json_response({"data": found[: int(number)]}, headers=NO_STORE)

    async def _pushes(self, to: str | None) -> list[dict[str, Any]]:
        """What the simulators of other providers took; nothing if none runs."""
        try:
            base = (self.state / SIMULATORS).read_text().strip()
            async with self.proxy.session.get(f"{base}/_sent", timeout=PROBE) as answer:
                messages = (await answer.json())["data"]
        except (OSError, ClientError, TimeoutError, ValueError, KeyError):
            return []
        # Mails pass one of them on their way to the emulator, which has them whole.
        others = [one for one in messages if one["channel"] != "email"]
        return [to_push(one) for one in others if to is None or one["to"] == to]

    async def mail(self, request: web.Request) -> web.Response:
        """The HTML part of a mail, as a page that may do nothing."""
        try:
            url = f"{self.aws_url}/_ministack/ses/messages"
            async with self.proxy.session.get(url, timeout=PATIENCE) as answer:
                accounts = (await answer.json())["messages"]
        except (ClientError, TimeoutError, ValueError, KeyError):
            detail = "The embedded mail service does not answer."
            return problem_response(503, detail, {"retry-after": "2"})
        wanted = request.match_info["id"]
        for mails in accounts.values():
            for one in mails:
                if one.get("MessageId") == wanted and one.get("BodyHtml"):
                    headers = {**NO_STORE, "content-security-policy": MAIL_POLICY}
                    return web.Response(
                        text=one["BodyHtml"], content_type="text/html", headers=headers
                    )
        return problem_response(404, "There is no such mail.")
