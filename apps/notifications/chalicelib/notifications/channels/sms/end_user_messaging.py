"""SMS by AWS End User Messaging (``pinpoint-sms-voice-v2``)."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from chalicelib.notifications.channels import aws_failures, configuration
from chalicelib.notifications.channels.dead import DeadTarget
from chalicelib.notifications.channels.push.payloads import seconds_left
from chalicelib.notifications.channels.sms import texts
from chalicelib.notifications.core import names
from chalicelib.notifications.core.message import (
    ConfigurationFailure,
    Message,
    PermanentFailure,
)

from shared.aws import sdk

# Seconds for which the carriers may keep trying.
_SHORTEST, _LONGEST = 5, 259_200


class EndUserMessagingAdapter:
    """See the module. The limits are checked here: botocore checks none."""

    name = "pinpoint-sms-voice-v2"
    channel = names.SMS

    def send(self, message: Message) -> str:
        """See `Adapter.send`."""
        return texts.bounded_spending(message, _send)


def _send(message: Message, text: str) -> str:
    request: dict[str, Any] = {
        "DestinationPhoneNumber": message.target.address,
        "MessageBody": text,
        "MessageType": texts.kind(message),
        "MaxPrice": configuration.setting("SMS_MAX_PRICE", "0.50"),
        # Events carry it back.
        "Context": {"notification_id": message.notification_id, "target": message.target.key},
    }
    for name, member in (
        ("SMS_ORIGINATION_IDENTITY", "OriginationIdentity"),
        ("SMS_CONFIGURATION_SET", "ConfigurationSetName"),
    ):
        if configuration.setting(name):
            request[member] = configuration.setting(name)
    if message.expires_at is not None:
        left = seconds_left(message.expires_at)
        request["TimeToLive"] = max(_SHORTEST, min(left, _LONGEST))
    try:
        answer = sdk.client("pinpoint-sms-voice-v2", provider=True).send_text_message(**request)
    except (ClientError, BotoCoreError) as error:
        raise _failure(error) from error
    return str(answer["MessageId"])


def _failure(error: ClientError | BotoCoreError) -> Exception:
    if isinstance(error, BotoCoreError):
        return aws_failures.failure("SMS", error)
    code = error.response["Error"]["Code"]
    reason = str(error.response.get("Reason", ""))
    if reason == "DESTINATION_PHONE_NUMBER_OPTED_OUT":
        return DeadTarget("opted_out")
    match code:
        case "ServiceQuotaExceededException":
            # The account's spending limit: every further call would fail as well.
            return ConfigurationFailure(f"SMS answered {reason or code}")
        case "ConflictException" | "ResourceNotFoundException" if "BLOCKED" not in reason:
            return ConfigurationFailure(f"SMS answered {reason or code}")
        case "ConflictException":
            return PermanentFailure("configuration")
        case "ValidationException":
            fields = error.response.get("Fields") or []
            of_number = any(one.get("Name") == "DestinationPhoneNumber" for one in fields)
            return PermanentFailure("no_target" if of_number else "configuration")
    return aws_failures.failure("SMS", error)
