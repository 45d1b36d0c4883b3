"""Faults of AWS through botocore's event hooks.

The SDK and our code stay unchanged.

They act on the process's shared clients (`shared.aws.sdk`), so on its workers too.
"""

import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import AWSResponse

from shared.aws import sdk
from shared.aws.dynamo import Item

THROTTLED = "ProvisionedThroughputExceededException"
_MARK = "rookery_faults"


class Killed(Exception):
    """Death of a worker."""


def error(code: str, **members: Any) -> Item:
    """Return an answer that the SDK raises at once as a ``ClientError``."""
    return {"Error": {"Code": code, "Message": "a fault"}, **members}


@contextmanager
def _registered(
    service: str,
    operation: str,
    best_effort: bool = False,
    provider: bool = False,
    **hooks: Callable[..., Any],
) -> Iterator[None]:
    events = sdk.client(service, best_effort=best_effort, provider=provider).meta.events
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
    service: str,
    operation: str,
    answer: Callable[[Item], Item | None],
    *,
    best_effort: bool = False,
    provider: bool = False,
) -> Iterator[None]:
    """Answer calls of an operation before they are sent.

    Args:
        answer: gets a call's parameters; ``None`` lets the call go on, and the caller
            gets its exceptions.
        best_effort: calls of the best-effort client.
        provider: calls of the client for providers of messages.
    """

    def note(params: Item, context: Item, **_: Any) -> None:
        context[_MARK] = params

    def before(context: Item, **_: Any) -> Any:
        found = answer(context.pop(_MARK))
        if found is None:
            return None
        return SimpleNamespace(status_code=400 if "Error" in found else 200), found

    with _registered(
        service, operation, best_effort, provider, provide_client_params=note, before_call=before
    ):
        yield


@contextmanager
def late_replicas(*tables: str) -> Iterator[list[str]]:
    """Let eventually consistent BatchGetItems find nothing in some tables.

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
def stale_queries(table: str) -> Iterator[list[str]]:
    """Answer eventually consistent Queries of a table one answer late.

    Yields:
        the table, once per stale answer.
    """
    answers: dict[str, Item] = {}
    stale: list[str] = []

    def mark(params: Item, context: Item, **_: Any) -> None:
        eventual = params["TableName"] == table and not params.get("ConsistentRead")
        context[_MARK] = json.dumps(params, default=repr) if eventual else ""

    def before(context: Item, **_: Any) -> Any:
        answer = answers.pop(context[_MARK], None)
        if answer is None:
            return None
        stale.append(table)
        return SimpleNamespace(status_code=200), answer

    def after(parsed: Item, context: Item, **_: Any) -> None:
        if context[_MARK]:
            answers[context[_MARK]] = parsed

    with _registered(
        "dynamodb", "Query", provide_client_params=mark, before_call=before, after_call=after
    ):
        yield stale


@contextmanager
def throttled(
    operation: str, times: int, code: str = THROTTLED, *, best_effort: bool = False
) -> Iterator[list[str]]:
    """Refuse the first attempts of a DynamoDB operation.

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

    with _registered("dynamodb", operation, best_effort, before_send=send):
        yield refused


@contextmanager
def answer_lost(operation: str, *, forgotten: bool = False) -> Iterator[list[str]]:
    """Lose the answer of an operation's first attempt; the SDK gets a 500.

    Args:
        forgotten: the service has forgotten the first attempt's request token.

    Yields:
        the operation, once its answer was lost.
    """
    lost: list[str] = []

    def send(request: Any, **_: Any) -> AWSResponse | None:
        if lost:
            if forgotten:
                request.body = re.sub(rb'(RequestToken": ?")[^"]{4}', rb"\1else", request.body)
            return None
        lost.append(operation)
        sdk.client("dynamodb")._endpoint.http_session.send(request)
        body = {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError"}
        return AWSResponse(request.url, 500, {}, _Raw(json.dumps(body).encode()))

    with _registered("dynamodb", operation, before_send=send):
        yield lost


@contextmanager
def unprocessed() -> Iterator[list[int]]:
    """Let every second BatchWriteItem write only its first half.

    Yields:
        number of unprocessed requests, call by call.
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
    """Body of an answer as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()
