"""SES v2 in front of the embedded one, with events, headers and faults.

The embedded SES tells no events of v2 calls and shows no headers. Mails to
``bounce@…``, ``complaint@…`` of ``simulator.amazonses.com`` are told as such, all others as
delivered. Faults of ``ses``: those of `faulty`, ``status`` with ``type``, and of bulks
``entries`` (a status per place, such as ``{"3": "TRANSIENT_FAILURE"}``).
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import ClientSession, web

from scripts.providers.events import SES_TOPIC, Publish, ses_event
from scripts.providers.faulty import answer, disturb
from scripts.providers.journal import Journal

SIMULATOR = "@simulator.amazonses.com"
_HOP = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-encoding"})


class Ses:
    """Handlers; what they do not know is passed on."""

    def __init__(self, journal: Journal, upstream: str, publish: Publish | None = None) -> None:
        self.journal, self.publish = journal, publish
        self._upstream = upstream.rstrip("/")
        self._session: ClientSession | None = None

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/v2/email/outbound-emails", self._send),
            web.post("/v2/email/outbound-bulk-emails", self._send_bulk),
            web.route("*", "/v2/email/{rest:.*}", self._pass),
        ]

    async def close(self) -> None:
        """Close the connections to the embedded SES."""
        if self._session is not None:
            await self._session.close()

    async def _send(self, request: web.Request) -> web.Response:
        fault = self.journal.next_fault("ses")
        await disturb(request, fault)
        if "status" in fault:
            return _refusal(fault["status"], fault.get("type", ""))
        given = json.loads(await request.read())
        response, told = await self._forward(request, await request.read())
        if response.status == 200:
            simple = (given.get("Content") or {}).get("Simple") or {}
            subject = (simple.get("Subject") or {}).get("Data", "")
            await self._took(
                given["Destination"].get("ToAddresses", []),
                str(told["MessageId"]),
                subject,
                simple.get("Headers"),
                given.get("EmailTags"),
            )
        return response

    async def _send_bulk(self, request: web.Request) -> web.Response:
        fault = self.journal.next_fault("ses")
        await disturb(request, fault)
        if "status" in fault:
            return _refusal(fault["status"], fault.get("type", ""))
        given = json.loads(await request.read())
        entries = given["BulkEmailEntries"]
        if len(entries) > 50:
            return _refusal(400, "BadRequestException")
        refused = {int(place): one for place, one in fault.get("entries", {}).items()}
        taken = [one for place, one in enumerate(entries) if place not in refused]
        results: list[dict[str, Any]] = []
        if taken:
            body = json.dumps({**given, "BulkEmailEntries": taken}).encode()
            response, told = await self._forward(request, body)
            if response.status != 200:
                return response
            results = told["BulkEmailEntryResults"]
        for entry, result in zip(taken, results, strict=True):
            if result["Status"] == "SUCCESS":
                template = entry["ReplacementEmailContent"]["ReplacementTemplate"]
                data = json.loads(template["ReplacementTemplateData"])
                await self._took(
                    entry["Destination"].get("ToAddresses", []),
                    str(result["MessageId"]),
                    data.get("subject", ""),
                    entry.get("ReplacementHeaders"),
                    entry.get("ReplacementTags"),
                )
        left = iter(results)
        merged = [
            {"Status": refused[place], "Error": "refused"} if place in refused else next(left)
            for place in range(len(entries))
        ]
        return answer(200, {"BulkEmailEntryResults": merged})

    async def _took(
        self, to: list[str], message_id: str, subject: str, headers: Any, tags: Any
    ) -> None:
        named = {one["Name"]: one["Value"] for one in headers or []}
        self.journal.note("email", ", ".join(to), id=message_id, title=subject, headers=named)
        if self.publish is None:
            return
        kind = "Delivery"
        for one in to:
            if one == f"bounce{SIMULATOR}":
                kind = "Bounce"
            elif one == f"complaint{SIMULATOR}":
                kind = "Complaint"
        event = ses_event(kind, message_id, to, tags)
        await asyncio.to_thread(self.publish, SES_TOPIC, event)

    async def _pass(self, request: web.Request) -> web.Response:
        response, _ = await self._forward(request, await request.read())
        return response

    async def _forward(
        self, request: web.Request, body: bytes
    ) -> tuple[web.Response, dict[str, Any]]:
        if self._session is None:
            self._session = ClientSession()
        headers = {name: one for name, one in request.headers.items() if name.lower() not in _HOP}
        url = f"{self._upstream}{request.rel_url}"
        async with self._session.request(request.method, url, data=body, headers=headers) as found:
            content = await found.read()
            kept = {name: one for name, one in found.headers.items() if name.lower() not in _HOP}
            response = web.Response(status=found.status, body=content, headers=kept)
        try:
            told = json.loads(content)
        except ValueError:
            told = {}
        return response, told if isinstance(told, dict) else {}


def _refusal(status: int, kind: str) -> web.Response:
    return answer(status, {"message": "refused"}, x_amzn_ErrorType=kind)
