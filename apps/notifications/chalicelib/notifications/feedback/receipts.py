"""Events of SES and SMS, which move deliveries and suppress addresses.

They arrive by SNS topics and a queue, in any order and several times: the ledger moves
forward only, and a suppression keeps its first reason. What cannot be read is logged and
dropped, since no repetition makes it readable.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from email.utils import parseaddr
from typing import Any

from chalicelib.notifications.channels.targets import DIGEST_PATTERN, digest
from chalicelib.notifications.contacts import consents, suppressions
from chalicelib.notifications.core import names
from chalicelib.notifications.core.caused_ids import ID_PATTERN
from chalicelib.notifications.feedback import replies
from chalicelib.notifications.feedback.replies import STARTED, STOPPED
from chalicelib.notifications.history import ledger, states, statistics
from chalicelib.notifications.history.notifications import find

from shared.base.clock import parse_iso
from shared.base.observability import logger
from shared.base.validation import check

_TEXT = {"type": "string", "minLength": 1, "maxLength": 500}
_SES = {
    "type": "object",
    "required": ["eventType", "mail"],
    "properties": {
        "eventType": _TEXT,
        "mail": {
            "type": "object",
            "required": ["messageId", "destination"],
            "properties": {
                "messageId": _TEXT,
                "destination": {"type": "array", "minItems": 1, "maxItems": 50, "items": _TEXT},
                "tags": {"type": "object"},
            },
        },
    },
}
_SMS = {
    "type": "object",
    "required": ["eventType", "messageId", "destinationPhoneNumber"],
    "properties": {
        "eventType": _TEXT,
        "messageId": _TEXT,
        "destinationPhoneNumber": _TEXT,
        "context": {"type": "object"},
    },
}
# A reply by which people end text messages, where the provider hands replies on.
_INBOUND = {
    "type": "object",
    "required": ["originationNumber", "messageBody"],
    "properties": {"originationNumber": _TEXT, "messageBody": {"type": "string"}},
}
_STOP = frozenset({"arret", "cancel", "end", "optout", "quit", "stop", "stopall", "unsubscribe"})
_START = frozenset({"start", "unstop"})
_SES_STATES = {
    "Delivery": states.DELIVERED,
    "Open": states.OPENED,
    "Click": states.CLICKED,
}
_SMS_STATES = {
    "TEXT_DELIVERED": states.DELIVERED,
    "TEXT_SUCCESSFUL": states.DELIVERED,
}
_SMS_FAILURES = frozenset(
    {
        *("TEXT_BLOCKED", "TEXT_CARRIER_BLOCKED", "TEXT_CARRIER_UNREACHABLE", "TEXT_INVALID"),
        *("TEXT_INVALID_MESSAGE", "TEXT_PROTECT_BLOCKED", "TEXT_SPAM", "TEXT_UNREACHABLE"),
    }
)


@dataclass(frozen=True)
class Receipt:
    """News of one delivery.

    Attributes:
        notification_id: from the tag that the message carried; may be missing.
        target: the target's digest, from a tag too: the provider may write the address otherwise
            than we do, as with international domains.
        state: of the ledger; ``None`` changes only the suppression.
        suppress: suppress the address, for ``reason``.
        source: of a reply: ``sms_stop`` or ``sms_start``, as consents name it.
        at: Unix ms of a reply, where the event tells it.
    """

    channel: str
    provider_id: str
    address: str
    notification_id: str | None = None
    target: str | None = None
    state: str | None = None
    reason: str | None = None
    suppress: bool = False
    source: str | None = None
    at: int | None = None


def handle(message: dict[str, Any]) -> None:
    """Handle a message of the queue: an event, wrapped by SNS or not."""
    try:
        found = list(read(message))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        logger().warning("event of a provider dropped", cause=type(error).__name__)
        return
    for receipt in found:
        _apply(receipt)
    statistics.write()


def read(message: Mapping[str, Any]) -> Iterator[Receipt]:
    """Return the news in an event; none in one that tells nothing new.

    Raises:
        ValueError: it is no event of a provider.
    """
    event: Any = message
    at = None
    if message.get("Type") == "Notification":
        event = json.loads(message["Message"])
        at = parse_iso(message["Timestamp"]) if "Timestamp" in message else None
    if isinstance(event, dict) and "mail" in event:
        check(_SES, event)
        return _of_mail(event)
    if isinstance(event, dict) and "originationNumber" in event:
        check(_INBOUND, event)
        return _of_reply(event, at)
    check(_SMS, event)
    return _of_text(event)


def _of_mail(event: Mapping[str, Any]) -> Iterator[Receipt]:
    mail, kind = event["mail"], event["eventType"]
    tags = mail.get("tags") or {}
    notification_id = _known(tags.get("notification_id"))
    # Each of our mails goes to one address.
    target = _known(tags.get("target"), DIGEST_PATTERN) if len(mail["destination"]) == 1 else None
    detail = event.get(kind.lower()) or {}
    listed = {"Bounce": "bouncedRecipients", "Complaint": "complainedRecipients"}.get(kind)
    addresses = mail["destination"]
    if listed:
        addresses = [one["emailAddress"] for one in detail.get(listed, [])]
    for address in addresses:
        given = Receipt(
            names.EMAIL, mail["messageId"], _bare(str(address)), notification_id, target
        )
        if kind == "Bounce":
            # A full mailbox or an absence may pass; SES goes on trying by itself.
            if detail.get("bounceType") == "Permanent":
                yield _with(given, states.FAILED, "bounced", suppress=True)
        elif kind == "Complaint":
            yield _with(given, states.DELIVERED, "complained", suppress=True)
        elif kind == "Reject":
            yield _with(given, states.FAILED, "configuration")
        elif kind in _SES_STATES:
            yield _with(given, _SES_STATES[kind])


def _of_text(event: Mapping[str, Any]) -> Iterator[Receipt]:
    kind, context = event["eventType"], event.get("context") or {}
    given = Receipt(
        names.SMS,
        event["messageId"],
        event["destinationPhoneNumber"],
        _known([context.get("notification_id")]),
    )
    if kind in _SMS_STATES:
        yield _with(given, _SMS_STATES[kind])
    elif kind == "TEXT_TTL_EXPIRED":
        yield _with(given, states.FAILED, "expired")
    elif "OPTED_OUT" in kind or event.get("messageStatus") == "OPTED_OUT":
        yield _with(given, states.FAILED, "opted_out", suppress=True)
    elif kind in _SMS_FAILURES:
        yield _with(given, states.FAILED, "unregistered")


def _of_reply(event: Mapping[str, Any], at: int | None) -> Iterator[Receipt]:
    word = event["messageBody"].strip().lower()
    given = Receipt(names.SMS, "", event["originationNumber"], at=at)
    if word in _STOP:
        yield replace(given, source=STOPPED)
    elif word in _START:
        yield replace(given, source=STARTED)


def _with(
    given: Receipt, state: str, reason: str | None = None, *, suppress: bool = False
) -> Receipt:
    return replace(given, state=state, reason=reason, suppress=suppress)


def _apply(receipt: Receipt) -> None:
    """Suppress first: it matters more than history (1 WRU, 1 or 2 reads)."""
    key = receipt.target or digest(receipt.address)
    if receipt.source is not None:
        replies.apply(receipt.address, receipt.source, receipt.at)
        return
    if receipt.suppress and receipt.reason:
        suppressions.add(receipt.channel, key, receipt.reason)
    if receipt.state is None:
        return
    delivery = ledger.find_by_provider(receipt.channel, receipt.provider_id)
    # A receipt may overtake the mark that it was sent; then the tag leads to the delivery.
    known = delivery["notification_id"] if delivery else receipt.notification_id
    content = find(known) if known else None
    if content is None:
        return
    target = delivery["target"] if delivery else ledger.target_key(receipt.channel, key)
    ledger.record(content.id, target, receipt.state, receipt.reason, receipt.provider_id)
    if receipt.suppress and receipt.reason:
        source = f"provider_{receipt.reason}"
        consents.store().add(content.user_id, receipt.channel, source, granted=False)


def _known(values: Any, pattern: str = ID_PATTERN) -> str | None:
    """Return the digest in a tag, ``None`` for anything else."""
    found = values[0] if isinstance(values, list) and values else None
    return found if isinstance(found, str) and re.fullmatch(pattern, found) else None


def _bare(address: str) -> str:
    """Return the address without a name."""
    return parseaddr(address)[1] or address
