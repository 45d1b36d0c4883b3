"""Lambda context, log lines and handler call, for all parts of the pump."""

from __future__ import annotations

import base64
import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from scripts.checks.permissions import running

Handler = Callable[[dict[str, Any], Any], Any]
logger = logging.getLogger("rookery.pump")


def log_event(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log one JSON line: names and numbers, never contents of messages."""
    if logger.isEnabledFor(level):
        logger.log(level, json.dumps({"event": event, **fields}, default=str))


def describe_error(error: BaseException) -> str:
    """Type and place of an error, without its text, which may hold user data."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{Path(code.co_filename).name}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"


class LambdaContext:
    """Context object of one invocation."""

    memory_limit_in_mb = 512
    function_version = "$LATEST"
    log_group_name = log_stream_name = ""
    identity = client_context = None

    def __init__(self, function_name: str, timeout_seconds: float = 60.0) -> None:
        region = os.environ.get("AWS_REGION", "us-east-1")
        account = os.environ.get("ACCOUNT_ID", "000000000000")
        self.function_name = function_name
        self.invoked_function_arn = f"arn:aws:lambda:{region}:{account}:function:{function_name}"
        self.aws_request_id = str(uuid.uuid4())
        self._deadline = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the invocation."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


@dataclass
class Source:
    """One event source mapping: what is read, and whom it wakes."""

    name: str
    function_name: str
    handler: Handler
    domain: str = ""

    def invoke(self, event: dict[str, Any]) -> Any:
        """Call the handler the way Lambda does."""
        with running(self.domain, self.name):
            return self.handler(event, LambdaContext(self.function_name))


@dataclass
class Activity:
    """Counter of invocations, by which a waiter sees that nothing happened."""

    finished: int = 0
    running: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> None:
        with self._lock:
            self.running += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.running -= 1
            self.finished += 1


class Clients:
    """The AWS clients of one pump: one of each, shared by its threads."""

    def __init__(self, endpoint_url: str | None = None, connections: int = 50) -> None:
        config = Config(
            max_pool_connections=connections,
            retries={"max_attempts": 2, "mode": "standard"},
            connect_timeout=2,
            read_timeout=30,
        )
        # The SDK itself reads AWS_DEFAULT_REGION only.
        session = boto3.session.Session(region_name=os.environ.get("AWS_REGION") or None)

        def client(service: str, config: Config = config) -> Any:
            return session.client(service, endpoint_url=endpoint_url, config=config)

        self.sqs = client("sqs")
        self.dynamodb = client("dynamodb")
        # Other local DynamoDBs have shorter shard ids than the SDK's model allows.
        self.streams = client("dynamodbstreams", config.merge(Config(parameter_validation=False)))


def failed_items(result: Any) -> list[str] | None:
    """Identifiers in a ``batchItemFailures`` answer.

    None stands for an answer that Lambda cannot read, which fails the batch.
    """
    if not isinstance(result, Mapping) or not result.get("batchItemFailures"):
        return []
    found = []
    for one in result["batchItemFailures"]:
        item = one.get("itemIdentifier") if isinstance(one, Mapping) else None
        if not isinstance(item, str) or not item:
            return None
        found.append(item)
    return found


def plain(value: Any) -> Any:
    """Copy a record with bytes as base64 text, as Lambda passes them."""
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(one) for one in value]
    return value
