"""Faults as AWS has them, through botocore's event hooks: the SDK and our code stay as they are.

All of them concern the process's shared clients (`shared.aws.sdk`), and so its workers too.
"""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import AWSResponse

from shared.aws import sdk

Item = dict[str, Any]
THROTTLED = "ProvisionedThroughputExceededException"
_MARK = "rookery_faults"


class Killed(Exception):
    """A worker that dies."""


def error(code: str, **members: Any) -> Item:
    """An answer that the SDK raises as a ``ClientError``, with no further attempt."""
    return {"Error": {"Code": code, "Message": "a fault"}, **members}


@contextmanager
def _registered(
    service: str, operation: str, hasty: bool = False, **hooks: Callable[..., Any]
) -> Iterator[None]:
    events = sdk.client(service, hasty=hasty).meta.events
    named = {
        f"{event.replace('_', '-')}.{service}.{operation}": hook for event, hook in hooks.items()
    }
    for name, hook in named.items():
        events.register_first(name, hook)
    try:
        yield
    finally:
        for name, hook in named.items():
            events.unregister(name, hook)


@contextmanager
def intercepted(
    service: str, operation: str, answer: Callable[[Item], Item | None], *, hasty: bool = False
) -> Iterator[None]:
    """Let calls of an operation be answered before they are sent.

    Args:
        answer: gets a call's parameters; ``None`` lets the call go on, and what it
            raises the caller meets.
        hasty: those of the hasty client.
    """

    def note(params: Item, context: Item, **_: Any) -> None:
        context[_MARK] = params

    def before(context: Item, **_: Any) -> Any:
        found = answer(context.pop(_MARK))
        if found is None:
            return None
        return SimpleNamespace(status_code=400 if "Error" in found else 200), found

    with _registered(service, operation, hasty, provide_client_params=note, before_call=before):
        yield


@contextmanager
def late_replicas(*tables: str) -> Iterator[list[str]]:
    """BatchGetItem finds nothing in some tables, unless it asks consistently.

    Yields:
        the tables asked in vain.
    """
    asked: list[str] = []

    def answer(params: Item) -> Item | None:
        eventual = [t for t, one in params["RequestItems"].items() if not one["ConsistentRead"]]
        if not set(tables) & set(eventual):
            return None
        asked.extend(eventual)
        return {"Responses": {table: [] for table in eventual}}

    with intercepted("dynamodb", "BatchGetItem", answer):
        yield asked


@contextmanager
def throttled(operation: str, times: int, code: str = THROTTLED) -> Iterator[list[str]]:
    """DynamoDB refuses the first attempts of an operation; the SDK's own retries meet it.

    Yields:
        the attempts refused.
    """
    refused: list[str] = []

    def send(request: Any, **_: Any) -> AWSResponse | None:
        if len(refused) == times:
            return None
        refused.append(operation)
        body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "slowly"}
        return AWSResponse(request.url, 400, {}, _Raw(json.dumps(body).encode()))

    with _registered("dynamodb", operation, before_send=send):
        yield refused


@contextmanager
def answer_lost(operation: str) -> Iterator[list[str]]:
    """DynamoDB does the first attempt of an operation, but says 500; the SDK tries again.

    Yields:
        the operation, once its answer was lost.
    """
    lost: list[str] = []

    def send(request: Any, **_: Any) -> AWSResponse | None:
        if lost:
            return None
        lost.append(operation)
        sdk.client("dynamodb")._endpoint.http_session.send(request)
        body = {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError"}
        return AWSResponse(request.url, 500, {}, _Raw(json.dumps(body).encode()))

    with _registered("dynamodb", operation, before_send=send):
        yield lost


@contextmanager
def unprocessed() -> Iterator[list[int]]:
    """Of every second BatchWriteItem DynamoDB takes only the first half.

    Yields:
        how many requests were given back, call by call.
    """
    calls: list[int] = []

    def halve(params: Item, context: Item, **_: Any) -> Item | None:
        calls.append(0)
        if len(calls) % 2 == 0:
            return None
        [(table, rows)] = params["RequestItems"].items()
        half = -(-len(rows) // 2)
        if rest := rows[half:]:
            calls[-1] = len(rest)
            context[_MARK] = {table: rest}
        return {**params, "RequestItems": {table: rows[:half]}}

    def give_back(parsed: Item, context: Item, **_: Any) -> None:
        if _MARK in context:
            parsed["UnprocessedItems"] = context.pop(_MARK)

    with _registered(
        "dynamodb", "BatchWriteItem", provide_client_params=halve, after_call=give_back
    ):
        yield calls


class _Raw(io.BytesIO):
    """The body of an answer as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()
