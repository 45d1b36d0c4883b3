"""Email by SES v2: single mails, and up to fifty in one call."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from chalicelib.notifications.channels import aws_failures, configuration
from chalicelib.notifications.core import names
from chalicelib.notifications.core.message import (
    CONFIGURATION,
    ConfigurationFailure,
    Message,
    PermanentFailure,
    TransientFailure,
)

from shared.aws import sdk
from shared.base.config import settings

Outcome = str | Exception

BULK = 50
# SES fills these per recipient, and escapes nothing; the parts are rendered already.
_TEMPLATE = {"Subject": "{{subject}}", "Text": "{{text}}", "Html": "{{html}}"}
# A call's template data may hold 262,144 characters per entry; the request 10 MB.
_MAX_DATA = 200_000
# Answers that no retry of this mail changes.
_PERMANENT = {
    "MessageRejected": "message_rejected",
    "BadRequestException": "bad_request",
    "NotFoundException": "not_found",
    "AccountSuspendedException": "account_suspended",
}
_PERMANENT_ENTRIES = {
    "MESSAGE_REJECTED": "message_rejected",
    "INVALID_PARAMETER": "bad_request",
    "FAILED": "message_rejected",
}
_CONFIGURATION_ENTRIES = frozenset(
    {
        *("ACCOUNT_SUSPENDED", "CONFIGURATION_SET_NOT_FOUND", "INVALID_SENDING_POOL_NAME"),
        *("MAIL_FROM_DOMAIN_NOT_VERIFIED", "TEMPLATE_NOT_FOUND"),
    }
)


class SesAdapter:
    """See the module. Each mail keeps its own headers."""

    name = "ses"
    channel = names.EMAIL
    batch_size = BULK

    def send(self, message: Message) -> str:
        """See `Adapter.send`; one SendEmail."""
        parts: dict[str, Any] = {"Text": _part(message.text)}
        if message.html:
            parts["Html"] = _part(message.html)
        simple = {"Subject": _part(message.title), "Body": parts, "Headers": _headers(message)}
        request = {
            **_common(),
            "Destination": {"ToAddresses": [ascii_domain(message.target.address)]},
            "Content": {"Simple": simple},
            "EmailTags": _tags(message),
        }
        try:
            answer = sdk.client("sesv2", provider=True).send_email(**request)
        except (ClientError, BotoCoreError) as error:
            raise _failure(error) from error
        return str(answer["MessageId"])

    def send_many(self, messages: Sequence[Message]) -> Mapping[int, Outcome]:
        """See `BatchAdapter.send_many`; one SendBulkEmail per fifty mails.

        Mails without an HTML part, and large ones, go by themselves.
        """
        outcomes: dict[int, Outcome] = {}
        together = [place for place, one in enumerate(messages) if _fits(one)]
        alone = [place for place, one in enumerate(messages) if not _fits(one)]
        if len(together) == 1:
            together, alone = [], sorted([*together, *alone])
        for place in alone:
            try:
                outcomes[place] = self.send(messages[place])
            except Exception as failure:
                outcomes[place] = failure
        for start in range(0, len(together), BULK):
            places = together[start : start + BULK]
            results = _send_bulk([messages[place] for place in places])
            for place, outcome in zip(places, results, strict=True):
                outcomes[place] = outcome
        return outcomes


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


def _fits(message: Message) -> bool:
    size = len(message.title) + len(message.text) + len(message.html or "")
    return bool(message.html) and size <= _MAX_DATA


def _send_bulk(messages: Sequence[Message]) -> list[Outcome]:
    request = {
        **_common(),
        "DefaultContent": {"Template": {"TemplateContent": _TEMPLATE, "TemplateData": "{}"}},
        "BulkEmailEntries": [_entry(one) for one in messages],
    }
    try:
        answer = sdk.client("sesv2", provider=True).send_bulk_email(**request)
    except (ClientError, BotoCoreError) as error:
        failure = _failure(error)
        # What refuses the call as a whole is not the mails' fault.
        if isinstance(failure, PermanentFailure):
            failure = ConfigurationFailure(f"SES refuses the bulk: {failure.detail}")
        return [failure] * len(messages)
    return list(_results(answer["BulkEmailEntryResults"], len(messages)))


def _results(found: Sequence[Mapping[str, Any]], expected: int) -> Iterator[Outcome]:
    for place in range(expected):
        result = found[place] if place < len(found) else {}
        status = str(result.get("Status", "TRANSIENT_FAILURE"))
        if status == "SUCCESS":
            yield str(result["MessageId"])
        elif status in _PERMANENT_ENTRIES:
            yield PermanentFailure(CONFIGURATION, _PERMANENT_ENTRIES[status])
        elif status in _CONFIGURATION_ENTRIES:
            yield ConfigurationFailure(f"SES answered {status}")
        else:
            yield TransientFailure(detail=f"SES answered {status}", unsent=True)


def _entry(message: Message) -> dict[str, Any]:
    parts = {"subject": message.title, "text": message.text, "html": message.html}
    data = json.dumps(parts, ensure_ascii=False)
    return {
        "Destination": {"ToAddresses": [ascii_domain(message.target.address)]},
        "ReplacementTags": _tags(message),
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": data}},
        "ReplacementHeaders": _headers(message),
    }


def _common() -> dict[str, Any]:
    # Its event destination reports bounces, complaints, opens and clicks.
    events = configuration.setting("SES_CONFIGURATION_SET", settings().name(names.DOMAIN, "mails"))
    return {"FromEmailAddress": settings().mail_from, "ConfigurationSetName": events}


def _tags(message: Message) -> list[dict[str, str]]:
    """Return the tags that events carry back."""
    return [
        {"Name": "notification_id", "Value": message.notification_id},
        {"Name": "target", "Value": message.target.key},
    ]


def _headers(message: Message) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in message.headers.items()]


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _failure(error: ClientError | BotoCoreError) -> Exception:
    if isinstance(error, ClientError):
        reason = _PERMANENT.get(error.response["Error"]["Code"])
        if reason is not None:
            return PermanentFailure(CONFIGURATION, reason)
    return aws_failures.failure("SES", error)
