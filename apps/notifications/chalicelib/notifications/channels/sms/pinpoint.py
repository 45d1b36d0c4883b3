"""SMS by the legacy Pinpoint API, whose SendMessages lives on."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from chalicelib.notifications.channels import aws_failures, configuration
from chalicelib.notifications.channels.dead import DeadTarget
from chalicelib.notifications.channels.sms import texts
from chalicelib.notifications.core import names
from chalicelib.notifications.core.message import (
    ConfigurationFailure,
    Message,
    PermanentFailure,
    TransientFailure,
)

from shared.aws import sdk

_CONFIGURATION = frozenset(
    {"BadRequestException", "MethodNotAllowedException", "NotFoundException"}
)


class PinpointAdapter:
    """See the module."""

    name = "pinpoint"
    channel = names.SMS

    def send(self, message: Message) -> str:
        """See `Adapter.send`."""
        return texts.bounded_spending(message, _send)


def _send(message: Message, text: str) -> str:
    (application,) = configuration.required("PINPOINT_APPLICATION_ID")
    number = message.target.address
    sms: dict[str, Any] = {"Body": text, "MessageType": texts.kind(message)}
    origin = configuration.setting("SMS_ORIGINATION_IDENTITY")
    if origin:
        sms["OriginationNumber" if origin.startswith("+") else "SenderId"] = origin
    try:
        answer = sdk.client("pinpoint", provider=True).send_messages(
            ApplicationId=application,
            MessageRequest={
                "Addresses": {number: {"ChannelType": "SMS"}},
                "Context": {"notification_id": message.notification_id},
                "MessageConfiguration": {"SMSMessage": sms},
            },
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "PayloadTooLargeException":
            raise PermanentFailure("too_large") from error
        if code in _CONFIGURATION:
            raise ConfigurationFailure(f"Pinpoint answered {code}") from error
        raise aws_failures.failure("Pinpoint", error) from error
    except BotoCoreError as error:
        raise aws_failures.failure("Pinpoint", error) from error
    # The call succeeds whatever became of the message.
    result = answer["MessageResponse"]["Result"].get(number, {})
    match result.get("DeliveryStatus"):
        case "SUCCESSFUL":
            return str(result.get("MessageId", ""))
        case "OPT_OUT":
            raise DeadTarget("opted_out")
        case "DUPLICATE":
            raise PermanentFailure("deduplicated")
        case "PERMANENT_FAILURE":
            raise PermanentFailure("no_target")
        case other:
            raise TransientFailure(detail=f"Pinpoint: {other}", unsent=other == "THROTTLED")
