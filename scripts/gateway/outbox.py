"""Messages of the local outbox: mails, pushes, texts, as its page shows them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

_TOKEN = re.compile(r"[?&#]token=([A-Za-z0-9._~%-]+)")
_TAG = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]+>", re.S | re.I)
# What the simulated providers tell beside address, title and text.
_SHOWN = ("headers", "segments", "price", "encoding", "url", "id")


def to_message(mail: Mapping[str, Any]) -> dict[str, Any]:
    """A mail of the emulator as the outbox shows it."""
    plain, markup = mail.get("BodyText") or "", mail.get("BodyHtml") or ""
    # Links hide in attributes of the HTML part, so look there before tags go.
    text = plain or re.sub(r"\s+", " ", html.unescape(_TAG.sub(" ", markup))).strip()
    token = _TOKEN.search(html.unescape(plain)) or _TOKEN.search(html.unescape(markup))
    recipients = [*mail.get("To", []), *mail.get("CC", []), *mail.get("BCC", [])]
    page = {"page": mail["MessageId"]} if markup and mail.get("MessageId") else {}
    return {
        "channel": "email",
        "to": ", ".join(recipients),
        "subject": mail.get("Subject", ""),
        "text": html.unescape(text),
        "data": {**page, **({"token": unquote(token[1])} if token else {})},
        "created_at": _iso(_sent_at(mail)),
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


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
    return [{**to_message(mail), "message_id": mail.get("MessageId")} for *_, mail in found[:limit]]


def _address(recipient: str) -> str:
    match = re.search(r"<([^>]*)>", recipient)
    return (match[1] if match else recipient).strip().lower()


def to_provided(found: Mapping[str, Any]) -> dict[str, Any]:
    """A message that a simulated provider received, as the outbox shows it."""
    moment = datetime.fromtimestamp(float(found["at"]), UTC)
    return {
        "channel": found["channel"],
        "to": found["to"],
        "subject": found.get("title") or "",
        "text": found.get("text") or "",
        "data": {name: found[name] for name in _SHOWN if found.get(name) is not None},
        "created_at": _iso(moment),
    }


def merged(
    mails: Iterable[dict[str, Any]], provided: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """All messages, the newest first; mails get the headers that only SES' stand-in knows."""
    headers, others = {}, []
    for one in provided:
        if one["channel"] == "email":
            headers[one["id"]] = one["headers"]
        else:
            others.append(to_provided(one))
    found = [*mails, *others]
    for one in found:
        sent_with = headers.get(one.pop("message_id", None))
        if sent_with:
            one["data"] = {**one["data"], "headers": sent_with}
    return sorted(found, key=lambda one: str(one["created_at"]), reverse=True)
