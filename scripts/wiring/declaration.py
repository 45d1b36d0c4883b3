"""Read a domain's declaration: ``apps/<domain>/functions.toml``.

The declaration says what Chalice's decorators cannot: memory, timeout,
environment, rights, and how an event source retries and filters. What they can
say (queue or table, batch, window, concurrency, schedule) stands in ``app.py``
and is taken from there, so that nothing stands twice.

    [fetch_pages]                     # the handler's name in app.py; [api] serves the routes
    memory = 1769                     # megabytes
    timeout = 40                      # seconds
    settings = ["PUBLIC_URL"]         # variables that parameters of the template give
    environment = {NAME = "value"}    # other variables
    loop = true                       # it feeds its own event source, which Lambda would stop
    filters = ['{"eventName":[…]}']   # of a stream or queue; any of them
    bisect = false                    # of a stream: a batch that fails comes back whole
    retries = 20                      # of a stream
    get = ["crawl_runs"]              # rights, see scripts/wiring/rights.py

    [stages.prod]                     # variables of all functions in one stage
    NAME = "value"
"""

from __future__ import annotations

import json
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from chalice.app import DynamoDBEventConfig, SQSEventConfig

from scripts.base.domain import APPS, load_app
from scripts.wiring.names import DECLARATION
from scripts.wiring.rights import VERBS, RightError, statements
from scripts.wiring.standard import PARAMETERS, RETRIES
from shared.base.config import settings

API = "api"
_STAGES = "stages"
_TYPES: dict[str, type] = {
    "memory": int,
    "timeout": int,
    "settings": list,
    "environment": dict,
    "loop": bool,
    "filters": list,
    "bisect": bool,
    "retries": int,
}
# Members of some kinds of sources alone.
_KINDS = {
    "loop": ("queue", "stream", "schedule"),
    "filters": ("queue", "stream"),
    "bisect": ("stream",),
    "retries": ("stream",),
}

Kind = Literal["api", "queue", "stream", "schedule"]
# Apps are imported by one thread at a time.
_importing = threading.Lock()


class DeclarationError(ValueError):
    """A declaration with a mistake; the message names file and function."""


@dataclass(frozen=True)
class Source:
    """Event source of a function.

    Attributes:
        name: the queue or table, without stage and domain; "" for routes and schedules.
    """

    kind: Kind
    name: str = ""


@dataclass(frozen=True)
class Function:
    """One function of an app; see the module for its members."""

    name: str
    source: Source
    memory: int
    timeout: int
    settings: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    loop: bool = False
    filters: tuple[str, ...] = ()
    bisect: bool = True
    retries: int = RETRIES
    rights: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Wiring:
    """The declaration of one domain.

    Attributes:
        api: the function that serves the routes.
        handlers: the functions that events wake, as ``app.py`` orders them.
        stages: variables of all functions by stage.
    """

    domain: str
    api: Function
    handlers: tuple[Function, ...]
    stages: Mapping[str, Mapping[str, str]]

    @property
    def functions(self) -> tuple[Function, ...]:
        """All functions of the app."""
        return (self.api, *self.handlers)

    def function(self, name: str) -> Function:
        """Return a function by name."""
        return next(one for one in self.functions if one.name == name)


def _source(config: Any, domain: str) -> Source:
    prefix = settings().name(domain, "")
    if isinstance(config, SQSEventConfig):
        return Source("queue", str(config.queue).removeprefix(prefix))
    if isinstance(config, DynamoDBEventConfig):
        return Source("stream", str(config.stream_arn).removeprefix(prefix))
    return Source("schedule")


def sources(domain: str, apps: Path = APPS) -> dict[str, Source]:
    """Return what wakes the functions of an app, by function."""
    with _importing:
        app = load_app(domain, apps).app
    events = {one.name: _source(one, domain) for one in app.event_sources}
    return {API: Source("api"), **events}


def _check(given: Mapping[str, Any], source: Source, domain: str) -> None:
    for key, value in given.items():
        if key in VERBS:
            if not isinstance(value, list):
                raise DeclarationError(f"{key} is a list of resources")
        elif key not in _TYPES:
            raise DeclarationError(f"{key} is neither a setting nor a verb")
        elif type(value) is not _TYPES[key]:
            raise DeclarationError(f"{key} is of type {_TYPES[key].__name__}")
        elif source.kind not in _KINDS.get(key, (source.kind,)):
            raise DeclarationError(f"{key} is for {', '.join(_KINDS[key])}")
    for key in ("memory", "timeout"):
        if key not in given:
            raise DeclarationError(f"{key} is missing")
    for name in given.get("settings", ()):
        if name not in PARAMETERS:
            raise DeclarationError(f"{name} is no setting; there are: {', '.join(PARAMETERS)}")
    for pattern in given.get("filters", ()):
        try:
            json.loads(pattern)
        except ValueError as error:
            raise DeclarationError(f"{pattern} is no JSON: {error}") from error
    rights = {verb: names for verb, names in given.items() if verb in VERBS}
    try:
        statements(rights, domain, "dev")
    except RightError as error:
        raise DeclarationError(str(error)) from error


def _function(name: str, source: Source, given: Mapping[str, Any], domain: str) -> Function:
    _check(given, source, domain)
    plain: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in given.items()
        if key in _TYPES
    }
    rights = {verb: tuple(given[verb]) for verb in VERBS if verb in given}
    return Function(name, source, **plain, rights=rights)


def read(path: Path, domain: str, woken: Mapping[str, Source]) -> Wiring:
    """Read the declaration of some functions.

    Args:
        woken: event source of each function, `API` first.

    Raises:
        DeclarationError: it does not fit the functions, or cannot be read.
    """
    try:
        declared = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DeclarationError(f"{path}: {error}") from error
    stages = declared.pop(_STAGES, {})
    if absent := sorted(set(woken) - set(declared)):
        raise DeclarationError(f"{path}: app.py has {', '.join(absent)}; declare them")
    if unknown := sorted(set(declared) - set(woken)):
        raise DeclarationError(f"{path}: app.py has no {', '.join(unknown)}")
    made = []
    for name, source in woken.items():
        try:
            made.append(_function(name, source, declared[name], domain))
        except DeclarationError as error:
            raise DeclarationError(f"{path}: [{name}] {error}") from error
    return Wiring(domain, made[0], tuple(made[1:]), stages)


def load(domain: str, apps: Path = APPS) -> Wiring:
    """Read the declaration of a domain, together with its app.

    Raises:
        DeclarationError: it does not fit the app, or cannot be read.
    """
    return read(apps / domain / DECLARATION, domain, sources(domain, apps))
