"""Record the AWS actions that each function really calls.

With ``ROOKERY_CALLS=<directory>`` every process writes the calls that happen
inside a function, each once, into a file of its own there: the integration
tests, the end-to-end tests' processes and the deploy test. `scripts.checks.permissions_check`
compares them with the policies at the end of `make test`.
"""

from __future__ import annotations

import contextvars
import json
import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore import handlers

VARIABLE = "ROOKERY_CALLS"
# In that directory: all tests have run, so that a permission nobody used is one too many.
COMPLETE = "complete"
# The function that serves an app's routes; handlers go by their own names.
API = "api"

# Action and resources of one call; a resource is what follows the account in its ARN.
Need = tuple[str, str]

_function: contextvars.ContextVar[tuple[str, str] | None] = contextvars.ContextVar(
    "function", default=None
)
_TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
# Operations of S3 that go by the permission of another.
_S3 = {
    **dict.fromkeys(("HeadObject", "SelectObjectContent"), "GetObject"),
    **dict.fromkeys(("ListObjects", "ListObjectsV2", "HeadBucket"), "ListBucket"),
    **dict.fromkeys(
        ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "CopyObject"),
        "PutObject",
    ),
    "DeleteObjects": "DeleteObject",
    "ListParts": "ListMultipartUploadParts",
}
_NOT_OBJECTS = frozenset({"ListBucket"})


def _dynamodb(operation: str, given: Mapping[str, Any]) -> Iterator[Need]:
    if operation.startswith("Transact"):
        for entry in given["TransactItems"]:
            for kind, one in entry.items():
                yield f"dynamodb:{_TRANSACTED[kind]}", f"table/{one['TableName']}"
        return
    tables = given.get("RequestItems") or [given.get("TableName", "")]
    for table in tables:
        index = f"/index/{given['IndexName']}" if given.get("IndexName") else ""
        yield f"dynamodb:{operation}", f"table/{str(table).rpartition('/')[2]}{index}"


def needs(service: str, operation: str, given: Mapping[str, Any]) -> list[Need]:
    """Return the permissions of a call, each an action and a resource.

    ``service`` is the name in ARNs. A key is named by its alias, a mail has no resource of its
    own, and what is not known here has an empty resource.
    """
    if service == "dynamodb":
        return list(_dynamodb(operation, given))
    if service in {"sqs", "sns"}:
        named = str(
            given.get("QueueUrl") or given.get("QueueName") or given.get("TopicArn")
            or given.get("TargetArn") or ""
        )  # fmt: skip
        name = named.rpartition("/")[2].rpartition(":")[2]
        return [(f"{service}:{operation.removesuffix('Batch')}", name)]
    if service == "kms":
        return [(f"kms:{operation}", str(given.get("KeyId", "")))]
    if service == "s3":
        if operation == "CreateBucket":
            # Signing a form for an upload builds such a request and never sends it.
            return []
        action = _S3.get(operation, operation)
        # DeleteObjects names its keys elsewhere; all of one call lie under one prefix.
        first: Mapping[str, Any] = next(iter((given.get("Delete") or {}).get("Objects", ())), {})
        key = "" if action in _NOT_OBJECTS else f"/{given.get('Key') or first.get('Key') or 'key'}"
        found = [(f"s3:{action}", f"{given.get('Bucket', '')}{key}")]
        source = given.get("CopySource")
        if isinstance(source, Mapping):
            found.append(("s3:GetObject", f"{source['Bucket']}/{source['Key']}"))
        return found
    return [(f"{service}:{operation}", "")]


class _Notes:
    """Write new calls to the file of this process."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._seen = directory, set[tuple[str, ...]]()
        self._lock = threading.Lock()

    def add(self, function: tuple[str, str], found: list[Need]) -> None:
        with self._lock:
            new = [one for one in found if (*function, *one) not in self._seen]
            if not new:
                return
            self._seen.update((*function, *one) for one in new)
            self._directory.mkdir(parents=True, exist_ok=True)
            # By process: a worker of the tests may be forked from another.
            with (self._directory / f"{os.getpid()}.jsonl").open("a") as target:
                target.writelines(f"{json.dumps([*function, *one])}\n" for one in new)


_notes: _Notes | None = None


def _hook(params: Mapping[str, Any], model: Any, **_: Any) -> None:
    function = _function.get()
    if _notes is not None and function is not None:
        service = model.service_model.signing_name
        _notes.add(function, needs(service, model.name, params))


def watch() -> None:
    """Start recording calls, once per process, if a directory is named."""
    global _notes
    directory = os.environ.get(VARIABLE)
    if not directory or _notes is not None:
        return
    _notes = _Notes(Path(directory))
    # Every session made from now on calls it, also for addresses that are only signed.
    handlers.BUILTIN_HANDLERS.append(("provide-client-params", _hook))
    submit = ThreadPoolExecutor.submit

    def submit_in_context(
        pool: ThreadPoolExecutor, work: Any, /, *arguments: Any, **named: Any
    ) -> Future[Any]:
        context = contextvars.copy_context()
        return submit(pool, context.run, work, *arguments, **named)

    # A function's threads work for it.
    ThreadPoolExecutor.submit = submit_in_context  # type: ignore[assignment,method-assign]


@contextmanager
def running(domain: str, function: str) -> Iterator[None]:
    """Attribute the calls of a block to a function."""
    with _as((domain, function)):
        yield


@contextmanager
def outside() -> Iterator[None]:
    """Attribute the calls of a block to no function."""
    with _as(None):
        yield


@contextmanager
def _as(function: tuple[str, str] | None) -> Iterator[None]:
    token = _function.set(function)
    try:
        yield
    finally:
        _function.reset(token)


def note(directory: Path, calls: list[tuple[str, str, str, str]]) -> None:
    """Add calls seen elsewhere: domain, function, action, resource."""
    notes = _Notes(directory)
    for domain, function, action, resource in calls:
        notes.add((domain, function), [(action, resource)])
