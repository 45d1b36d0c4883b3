"""Events of SES and SMS, as their event destinations publish them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

Publish = Callable[[str, dict[str, Any]], None]

SES_TOPIC, SMS_TOPIC = "ses-events", "sms-events"


def publisher(stage: str) -> Publish:
    """Return a function that publishes to topics of the domain."""
    import boto3

    account = boto3.client("sts").get_caller_identity()["Account"]
    sns = boto3.client("sns")
    place = f"arn:aws:sns:{sns.meta.region_name}:{account}:rookery-{stage}-notifications-"

    def publish(topic: str, event: dict[str, Any]) -> None:
        sns.publish(TopicArn=place + topic, Message=json.dumps(event))

    return publish


def ses_event(kind: str, message_id: str, to: Sequence[str], tags: Any) -> dict[str, Any]:
    """Return an event such as ``Delivery``, ``Bounce`` or ``Click``."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    detail: dict[str, Any] = {"timestamp": now}
    if kind == "Bounce":
        bounced = [{"emailAddress": one, "action": "failed", "status": "5.1.1"} for one in to]
        detail |= {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": bounced,
        }
    elif kind == "Complaint":
        detail["complainedRecipients"] = [{"emailAddress": one} for one in to]
        detail["complaintFeedbackType"] = "abuse"
    elif kind == "Delivery":
        detail["recipients"] = list(to)
    mail = {
        "timestamp": now,
        "messageId": message_id,
        "destination": list(to),
        "tags": {one["Name"]: [one["Value"]] for one in tags or []},
    }
    return {"eventType": kind, "mail": mail, kind.lower(): detail}


def sms_event(kind: str, message_id: str, number: str, **members: Any) -> dict[str, Any]:
    """Return an event such as ``TEXT_DELIVERED``."""
    now = int(time.time() * 1000)
    return {
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": now,
        "isFinal": True,
        "destinationPhoneNumber": number,
        "messageId": message_id,
        "messageRequestTimestamp": now,
        "messageType": "TRANSACTIONAL",
        "messageStatus": kind.removeprefix("TEXT_"),
        **members,
    }
