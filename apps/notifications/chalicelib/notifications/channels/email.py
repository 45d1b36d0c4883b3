"""Email through SES."""

from botocore.exceptions import ClientError
from chalicelib.notifications.channels.message import (
    CONFIGURATION,
    Message,
    PermanentFailure,
    TransientFailure,
)

from shared.aws import sdk
from shared.base.config import settings

# Answers of SES that no retry changes. All others (throttling, paused sending, an unverified
# sender domain) may pass or be put right, and wait in the queue or its dead-letter queue.
_PERMANENT = {
    "MessageRejected": "message_rejected",
    "BadRequestException": "bad_request",
    "NotFoundException": "not_found",
    "AccountSuspendedException": "account_suspended",
}


class SesAdapter:
    """Sends one mail per call."""

    name = "ses"

    def send(self, message: Message) -> str:
        """See `Adapter.send`."""
        body = {"Text": _part(message.text)}
        if message.html is not None:
            body["Html"] = _part(message.html)
        try:
            answer = sdk.client("sesv2").send_email(
                FromEmailAddress=settings().mail_from,
                Destination={"ToAddresses": [ascii_domain(message.target.address)]},
                Content={"Simple": {"Subject": _part(message.title), "Body": body}},
                # Bounces and complaints carry it back.
                EmailTags=[{"Name": "notification_id", "Value": message.notification_id}],
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _PERMANENT:
                raise PermanentFailure(CONFIGURATION, _PERMANENT[code]) from error
            raise TransientFailure(detail=code, unsent=True) from error
        message_id: str = answer["MessageId"]
        return message_id


def ascii_domain(address: str) -> str:
    """Return an address with its domain in Punycode.

    SES takes no other form. Stored domains are normalised (IDNA 2008), so each label is
    only encoded.
    """
    local, at, domain = address.rpartition("@")
    labels = (
        label if label.isascii() else "xn--" + label.encode("punycode").decode()
        for label in domain.split(".")
    )
    return local + at + ".".join(labels)


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
