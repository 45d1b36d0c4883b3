"""Simulator of ``pinpoint-sms-voice-v2`` and legacy Pinpoint.

Numbers that end with ``0009`` have opted out; those with ``0008`` cannot be reached. Faults
of ``sms``: those of `faulty`, and ``status`` with ``type`` and ``reason``; of ``pinpoint``:
``status`` with ``type``, or ``delivery`` (a delivery status).
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from typing import Any

from aiohttp import web

from scripts.providers.events import SMS_TOPIC, Publish, sms_event
from scripts.providers.faulty import answer, disturb
from scripts.providers.journal import Fault, Journal

MAX_CHARACTERS = 1600
PRICE_PER_SEGMENT = 0.00645
_JSON = "application/x-amz-json-1.0"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_GSM = re.compile("[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ -#%-?¡A-ZÄÖÑÜ§¿a-zäöñüà¤^{}\\[\\]~|€\\\\]*")
_DOUBLE = re.compile(r"[\^{}\\\[\]~|€]")


def segments(text: str) -> tuple[str, int]:
    """Return the encoding and number of segments of a text."""
    if _GSM.fullmatch(text):
        size = len(text) + len(_DOUBLE.findall(text))
        return "GSM", 1 if size <= 160 else -(-size // 153)
    size = len(text.encode("utf-16-le")) // 2
    return "UNICODE", 1 if size <= 70 else -(-size // 67)


class Sms:
    """Handlers of both APIs; they publish events of what they delivered."""

    def __init__(self, journal: Journal, publish: Publish | None = None) -> None:
        self.journal, self.publish = journal, publish

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/", self._voice_v2),
            web.post("/v1/apps/{application}/messages", self._pinpoint),
        ]

    async def _voice_v2(self, request: web.Request) -> web.Response:
        if request.headers.get("x-amz-target") != "PinpointSMSVoiceV2.SendTextMessage":
            return _refusal(400, "UnknownOperationException")
        fault = self.journal.next_fault("sms")
        await disturb(request, fault)
        if "status" in fault:
            return _refusal(fault["status"], fault.get("type", ""), fault.get("reason", ""), fault)
        given: dict[str, Any] = json.loads(await request.read())
        number, text = str(given.get("DestinationPhoneNumber")), str(given.get("MessageBody", ""))
        if not _NUMBER.fullmatch(number):
            return _refusal(400, "ValidationException", "INVALID_PARAMETER", field="Destination")
        if not 1 <= len(text) <= MAX_CHARACTERS:
            return _refusal(400, "ValidationException", "INVALID_PARAMETER")
        if number.endswith("0009"):
            return _refusal(400, "ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")
        identifier = self._take(number, text, given)
        if self.publish is not None:
            kind = "TEXT_UNREACHABLE" if number.endswith("0008") else "TEXT_DELIVERED"
            parts = segments(text)[1]
            told = sms_event(
                kind,
                identifier,
                number,
                context=given.get("Context") or {},
                totalMessageParts=parts,
                totalMessagePrice=round(parts * PRICE_PER_SEGMENT, 5),
            )
            await asyncio.to_thread(self.publish, SMS_TOPIC, told)
        return answer(200, {"MessageId": identifier}, media_type=_JSON)

    async def _pinpoint(self, request: web.Request) -> web.Response:
        fault = self.journal.next_fault("pinpoint")
        await disturb(request, fault)
        if "status" in fault:
            return _refusal(fault["status"], fault.get("type", ""), fault=fault)
        given = json.loads(await request.read())
        body = given["MessageConfiguration"]["SMSMessage"]["Body"]
        results = {}
        for number in given["Addresses"]:
            status = fault.get("delivery") or ("OPT_OUT" if number.endswith("0009") else "")
            identifier = "" if status else self._take(number, body, given)
            results[number] = {
                "DeliveryStatus": status or "SUCCESSFUL",
                "StatusCode": 200 if not status else 400,
                "MessageId": identifier,
            }
        application = request.match_info["application"]
        return answer(200, {"ApplicationId": application, "Result": results})

    def _take(self, number: str, text: str, given: dict[str, Any]) -> str:
        identifier = secrets.token_hex(16)
        encoding, parts = segments(text)
        self.journal.note(
            "sms",
            number,
            text=text,
            id=identifier,
            encoding=encoding,
            segments=parts,
            price=round(parts * PRICE_PER_SEGMENT, 5),
            request={name: one for name, one in given.items() if name != "MessageBody"},
        )
        return identifier


def _refusal(
    status: int, kind: str, reason: str = "", fault: Fault | None = None, field: str = ""
) -> web.Response:
    body: dict[str, Any] = {"__type": kind, "Message": "refused", "message": "refused"}
    if reason:
        body["Reason"] = reason
    if field:
        body["Fields"] = [{"Name": "DestinationPhoneNumber", "Message": "not a number"}]
    return answer(status, body, fault, media_type=_JSON, x_amzn_ErrorType=kind)
