"""iOS by SNS mobile push."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from chalicelib.notifications.channels import aws_failures, configuration, parallel
from chalicelib.notifications.channels.dead import DeadTarget
from chalicelib.notifications.channels.push import payloads
from chalicelib.notifications.core import names
from chalicelib.notifications.core.message import (
    ConfigurationFailure,
    Message,
    PermanentFailure,
)

from shared.aws import sdk
from shared.base.process import Cache, process

# SNS refuses to make an endpoint that exists with other attributes, and names it.
_EXISTING = re.compile(r"Endpoint (arn:\S+) already exists with the same Token")
_DAY_SECONDS = 86_400
_endpoints: Cache[str, str] = process.cache(10_000, 6 * 3600)


class SnsMobileAdapter:
    """Publishes to one platform endpoint per device token."""

    name = "sns"
    channel = names.IOS
    batch_size = parallel.THREADS

    def send_many(self, messages: Sequence[Message]) -> Mapping[int, str | Exception]:
        """See `BatchAdapter.send_many`: a call for each, several at a time."""
        return dict(enumerate(parallel.each(self.send, messages)))

    def send(self, message: Message) -> str:
        """See `Adapter.send`; returns SNS' message id."""
        try:
            return _send(message)
        except BotoCoreError as error:
            raise aws_failures.failure("SNS", error) from error


def _send(message: Message) -> str:
    (application,) = configuration.required("SNS_IOS_APPLICATION_ARN")
    text = _text(message, application)
    attributes = _attributes(message, application)
    for last in (False, True):
        endpoint = _endpoint(application, message)
        try:
            answer = sdk.client("sns", provider=True).publish(
                TargetArn=endpoint,
                MessageStructure="json",
                Message=text,
                MessageAttributes=attributes,
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            _endpoints.pop(message.target.key)
            if code in ("NotFound", "NotFoundException") and not last:
                # Somebody deleted the endpoint; the token may be as good as before.
                continue
            raise _failure(error, code) from error
        return str(answer["MessageId"])
    raise AssertionError("unreachable")


def _endpoint(application: str, message: Message) -> str:
    """Return the endpoint of a token, made or enabled (1 call, then cached)."""
    known = _endpoints.get(message.target.key)
    if known is not None:
        return known
    sns, token = sdk.client("sns", provider=True), message.target.address
    try:
        made = sns.create_platform_endpoint(
            PlatformApplicationArn=application, Token=token, Attributes={"Enabled": "true"}
        )["EndpointArn"]
    except ClientError as error:
        found = _EXISTING.search(error.response["Error"].get("Message", ""))
        if found is None:
            code = error.response["Error"]["Code"]
            if code in ("InvalidParameter", "InvalidParameterException"):
                raise DeadTarget("unregistered") from error
            raise _failure(error, code) from error
        made = found[1]
        # The device has registered since SNS gave the endpoint up.
        sns.set_endpoint_attributes(
            EndpointArn=made, Attributes={"Token": token, "Enabled": "true"}
        )
    return _endpoints.put(message.target.key, str(made))


def _platform(application: str) -> str:
    return "APNS_SANDBOX" if "/APNS_SANDBOX/" in application else "APNS"


def _text(message: Message, application: str) -> str:
    payload = payloads.apns(message).decode()
    return json.dumps({"default": message.title, _platform(application): payload})


def _attributes(message: Message, application: str) -> dict[str, Any]:
    prefix = f"AWS.SNS.MOBILE.{_platform(application)}"
    found = {
        f"{prefix}.PUSH_TYPE": "alert",
        f"{prefix}.PRIORITY": "10" if message.priority == "high" else "5",
    }
    if message.expires_at is not None:
        left = payloads.seconds_left(message.expires_at)
        found[f"{prefix}.TTL"] = str(min(left, 28 * _DAY_SECONDS))
    if message.collapse_key:
        found[f"{prefix}.COLLAPSE_ID"] = payloads.collapse_id(message.collapse_key, 64)
    return {name: {"DataType": "String", "StringValue": value} for name, value in found.items()}


def _failure(error: ClientError, code: str) -> Exception:
    match code.removesuffix("Exception"):
        case "EndpointDisabled":
            return DeadTarget("unregistered")
        case "PlatformApplicationDisabled" | "NotFound" | "AuthorizationError":
            return ConfigurationFailure(f"SNS answered {code}")
        case "InvalidParameter" | "InvalidParameterValue":
            return PermanentFailure("configuration")
    return aws_failures.failure("SNS", error)
