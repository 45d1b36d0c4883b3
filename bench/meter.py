"""Meter of AWS calls, their units, and CPU time without the SDK.

The hooks sit on the process's one botocore session (`shared.aws.sdk`), so they see
every call of the apps' code and none of the event pumps' polling, which on AWS
is Lambda's. A call belongs to the request whose thread made it; all others are
workers' (stream and queue handlers), known by the name of their thread.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.units import units
from scripts.checks import permissions
from shared.aws import sdk
from shared.http import pipeline

_MARK = "rookery_bench"
_KINDS = ("TableName", "QueueUrl", "TopicArn", "KeyId", "Bucket")


@dataclass(frozen=True)
class Spent:
    """One AWS call; ``handler`` is empty for a request's own."""

    handler: str
    service: str
    operation: str
    target: str
    wru: float
    rru: float

    def __str__(self) -> str:
        cost = [f"{self.wru:g} WRU" if self.wru else "", f"{self.rru:g} RRU" if self.rru else ""]
        words = [self.handler or "request", self.service, self.operation, self.target, *cost]
        return " ".join(word for word in words if word)


@dataclass
class Request:
    """One request: its calls and its CPU seconds, all and inside the SDK."""

    label: str = ""
    calls: list[Spent] = field(default_factory=list)
    cpu: float = 0.0
    sdk_cpu: float = 0.0

    @property
    def wru(self) -> float:
        """Write units of all calls."""
        return sum(call.wru for call in self.calls)

    @property
    def rru(self) -> float:
        """Read units of all calls."""
        return sum(call.rru for call in self.calls)

    @property
    def domain_cpu(self) -> float:
        """CPU seconds of our pipeline without the SDK's share."""
        return self.cpu - self.sdk_cpu


class Meter:
    """Meter for a ``with`` block; `take` returns the sums so far.

    Entering makes every AWS client anew, so nothing may be under way.

    Attributes:
        overhead: CPU seconds that the metering itself took (no request counts them).
        sdk_cpu: CPU seconds inside the SDK on all threads, metering not included.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.worker: list[Spent] = []
        self.overhead = self.sdk_cpu = 0.0
        self._lock = threading.Lock()
        self._here = threading.local()
        self._respond: Callable[..., Any] = pipeline.respond
        self._bare: Any = None

    def __enter__(self) -> "Meter":
        from botocore.session import get_session

        sdk.clients.forget()
        session = sdk.session()
        session.register("provide-client-params", self._begin)
        session.register("after-call", self._end)
        self._bare = get_session().create_client("dynamodb")
        self._respond = pipeline.respond
        setattr(pipeline, "respond", self._measured)  # noqa: B010 (mypy forbids it as an assignment)
        return self

    def __exit__(self, *_: object) -> None:
        pipeline.respond = self._respond
        sdk.clients.forget()

    @contextmanager
    def request(self, label: str = "") -> Iterator[Request]:
        """Count what this thread does as one request."""
        request = Request(label)
        self._here.request = request
        started = time.thread_time()
        try:
            yield request
        finally:
            request.cpu = time.thread_time() - started
            self._here.request = None
            with self._lock:
                self.requests.append(request)

    def take(self) -> tuple[list[Request], list[Spent]]:
        """Requests and workers' calls since the last time."""
        with self._lock:
            taken = self.requests, self.worker
            self.requests, self.worker = [], []
        return taken

    def _measured(self, endpoint: Any, *arguments: Any) -> Any:
        with self.request(f"{endpoint.method} {endpoint.path}"):
            return self._respond(endpoint, *arguments)

    def _begin(self, params: Any, model: Any, context: dict[str, Any], **_: Any) -> Any:
        started = time.thread_time()
        service = model.service_model.service_name
        if service == "dynamodb" and "ReturnConsumedCapacity" in model.input_shape.members:
            params = {**params, "ReturnConsumedCapacity": "INDEXES"}
        context[_MARK] = (started, service, params)
        return params

    def _end(self, parsed: Any, model: Any, context: dict[str, Any], **_: Any) -> None:
        if _MARK not in context:
            return
        answered = time.thread_time()
        started, service, params = context.pop(_MARK)
        wru = rru = 0.0
        if service == "dynamodb":
            cost = units(model.name, params, parsed, self._reread)
            wru, rru = cost.write, cost.read
        request: Request | None = getattr(self._here, "request", None)
        handler = "" if request else _handler(threading.current_thread())
        if request is None and not handler:
            return
        spent = Spent(handler, service, model.name, _target(params), wru, rru)
        ended = time.thread_time()
        with self._lock:
            self.overhead += ended - answered
            self.sdk_cpu += answered - started
            (request.calls if request else self.worker).append(spent)
        if request:
            request.sdk_cpu += ended - started

    def _reread(self, operation: str, params: Any) -> Any:
        # The meter's own call, amid one of a function.
        with permissions.outside():
            return self._bare._make_api_call(operation, params)


def _handler(thread: threading.Thread) -> str:
    """Handler that a pump's thread serves; empty for the bench's own thread."""
    if thread is threading.main_thread():
        return ""
    return re.sub(r"^(queue|stream|timer)-|_\d+$", "", thread.name)


def _target(params: Any) -> str:
    """The tables, queue or topic of a call, without what all names begin with."""
    names = [str(params[kind]) for kind in _KINDS if kind in params]
    names += params.get("RequestItems", ())
    for action in params.get("TransactItems", ()):
        names += [one["TableName"] for one in action.values()]
    short = (name.rpartition("/")[2].rpartition(":")[2].split("-", 2)[-1] for name in names)
    return "+".join(dict.fromkeys(short))
