"""Routes as data, declared on an `Api`, each with its access.

OpenAPI and the security tests read the declarations; `shared.http.pipeline` runs them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalice.app import Blueprint, Response

from shared.auth.authentication import KeyVerifier, Principal
from shared.auth.oauth1 import SignedRequest
from shared.auth.scopes import Access
from shared.base.answers import Answer, Answers, declared
from shared.base.errors import Problem, invalid_request, unauthorized
from shared.base.ids import ID_PATTERN, MAX_ID
from shared.base.validation import Schema

FORM_TYPE = "application/x-www-form-urlencoded"

_ID = re.compile(ID_PATTERN)
# Words that API v2 of X has where other routes have an id.
_SUB_PATHS = frozenset(
    {
        *("analytics", "by", "compliance", "counts", "firehose", "label", "metadata"),
        *("personalized_trends", "sample", "sample10", "search", "subtitles", "with"),
    }
)
_EMPTY_QUERY: Schema = {"type": "object", "properties": {}, "additionalProperties": False}


@dataclass
class Endpoint:
    """One route as data; the application adds ``domain``, ``verify_key``."""

    method: str
    path: str
    handler: Callable[["Call"], Any]
    access: Access
    tag: str
    summary: str
    status: int
    query: Schema
    body: Schema | None
    form: bool
    limit: int
    answers: tuple[Answer, ...]
    multipart: bool = False
    shared_seconds: int = 0
    app_limit: int = 0
    own_limit: int = 0
    signed: bool = False
    legacy: bool = False
    anywhere: bool = False
    domain: str = ""
    verify_key: KeyVerifier | None = None


@dataclass
class Call:
    """One request as a handler sees it: everything in it has been validated.

    Attributes:
        principal: the caller; present whenever the route's access is not public.
        path / query / body: validated parameters.
        headers: lower-case names.
        source_ip: the client's address as the trusted edge gave it.
        files: files of a multipart body by the names of their fields.
        signing: returns the parts that an OAuth 1.0a signature covers.
    """

    endpoint: Endpoint
    request_id: str
    headers: Mapping[str, str]
    path: dict[str, str]
    query: dict[str, Any]
    body: Any
    source_ip: str
    principal: Principal | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    signing: Callable[[], SignedRequest] | None = None

    @property
    def user_id(self) -> str:
        """The user acted for.

        Raises:
            Problem: 401 when the caller is no user (a route declared for apps too).
        """
        if self.principal is None or self.principal.user_id is None:
            raise unauthorized()
        return self.principal.user_id

    @property
    def viewer_id(self) -> str | None:
        """The user acted for, if any: what a page may be personalised by."""
        return self.principal.user_id if self.principal else None

    def path_id(self, name: str) -> str:
        """A snowflake id in the path.

        Raises:
            Problem: 400 when it is no id, 404 when X has another route there.
        """
        value = self.path[name]
        if value in _SUB_PATHS:
            path = self.endpoint.path.format(**self.path)
            raise Problem(
                404, "resource-not-found", "Not Found Error", f"There is nothing at {path}."
            )
        if not _ID.fullmatch(value) or int(value) > MAX_ID:
            message = f"The `{name}` path parameter value [{value[:100]}] is not a valid id"
            raise invalid_request(message, **{name: value})
        return value

    def require_self(self) -> str:
        """The ``id`` in the path, which must be the authenticated user.

        Raises:
            Problem: 403 when it is somebody else.
        """
        user_id = self.user_id
        if self.path.get("id") != user_id:
            raise Problem(
                403,
                "client-forbidden",
                "Forbidden",
                "The `id` in the path must be the id of the authenticated user.",
            )
        return user_id


@dataclass(frozen=True)
class Reply:
    """An answer that is more than JSON with the route's usual status."""

    body: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


# Runs one request of a route: `shared.http.pipeline.respond`, handed in by the application.
Runner = Callable[[Endpoint, Any, dict[str, str]], Response]


class Api(Blueprint):
    """A Chalice blueprint whose routes run through the pipeline.

    Args:
        import_name: ``__name__`` of the module.
        tag: the group the routes appear under in the API document.
    """

    def __init__(self, import_name: str, tag: str) -> None:
        super().__init__(import_name)
        self.tag = tag
        self.endpoints: list[Endpoint] = []
        self.runner: Runner = _unregistered

    def endpoint(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        summary: str,
        answer: Answers,
        status: int = 200,
        query: Mapping[str, Schema] | None = None,
        required: tuple[str, ...] = (),
        body: Schema | None = None,
        form: bool = False,
        multipart: bool = False,
        limit: int = 900,
        shared_seconds: int = 0,
        app_limit: int = 0,
        own_limit: int = 0,
        signed: bool = False,
        legacy: bool = False,
        anywhere: bool = False,
    ) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
        """Declare a route.

        Args:
            access: who may call it; a route without one cannot be declared.
            answer: schema of the JSON body of a success, or all answers where there is more
                than one, or a body that is no JSON; a route without one cannot be declared.
            query: query parameters by name; others are refused.
            required: names of parameters that must be present.
            body: JSON Schema of the body; ``None`` refuses nothing and reads nothing.
            form: the body may also be form-encoded (OAuth 2.0 asks for it).
            multipart: the body may also be multipart/form-data, and larger than others.
            limit: requests per caller and fifteen minutes.
            shared_seconds: how long caches between us and everybody (the CDN) may answer
                from one success; only for public routes, whose answers know no viewer.
            app_limit: requests that a developer's app may make in a day for all its users
                together, where X has such a limit (docs.x.com: Rate Limits, "Per App").
            own_limit: what our own client may ask for instead of ``limit``, counted apart, where it
                asks more often than X lets developers' apps.
            signed: the request must be signed with OAuth 1.0a.
            legacy: the route is one of X's API 1.1: unknown parameters are ignored, a POST
                without a schema of its body reads its parameters from query and form alike, and
                errors have the shape of API 1.1.
            anywhere: members of the body may stand in the query string as well.
        """
        if not isinstance(access, Access):
            raise TypeError(f"{method} {path} declares no access")
        if not answer:
            raise TypeError(f"{method} {path} declares no answer")
        if shared_seconds and not (access.public and method == "GET"):
            raise TypeError(f"{method} {path} must not be shared: it is not public")

        def register(handler: Callable[[Call], Any]) -> Callable[[Call], Any]:
            endpoint = Endpoint(
                method, path, handler, access, self.tag, summary, status,
                _query_schema(query, required), body, form, limit, declared(answer, status),
                multipart, shared_seconds, app_limit, own_limit, signed, legacy, anywhere,
            )  # fmt: skip
            self.endpoints.append(endpoint)

            def view(**path_parameters: str) -> Response:
                return self.runner(endpoint, self.current_request, path_parameters)

            content_types = ["*/*"] if body is not None or legacy else []
            name = f"{handler.__name__}_{len(self.endpoints)}"
            self.route(path, methods=[method], content_types=content_types, name=name)(view)
            return handler

        return register


def _unregistered(endpoint: Endpoint, _request: Any, _path: dict[str, str]) -> Response:
    raise RuntimeError(f"{endpoint.path} belongs to no application")


def _query_schema(query: Mapping[str, Schema] | None, required: tuple[str, ...]) -> Schema:
    if not query:
        return _EMPTY_QUERY
    schema: Schema = {
        "type": "object",
        "properties": dict(query),
        "additionalProperties": False,
    }
    if required:
        schema["required"] = list(required)
    return schema
