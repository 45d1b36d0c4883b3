"""Problem documents: the one error type that reaches a client.

Status-line problems follow RFC 9457; `type` URIs are X's own, because its
client libraries look at them.
"""

from collections.abc import Mapping
from typing import Any

PROBLEM_BASE = "https://api.x.com/2/problems/"


class Problem(Exception):
    """Failure with a public title and detail, and an optional private cause.

    Args:
        status: HTTP status code.
        kind: last segment of the problem type URI, or ``about:blank``.
        title: short, the same for every occurrence of this kind.
        detail: explanation of this occurrence, safe to show to anybody.
        errors: X's list of parameter errors (400 only).
        headers: extra response headers, such as ``WWW-Authenticate``.
        extra: further members of the document.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def document(self) -> dict[str, Any]:
        """Return the problem as JSON (RFC 9457 members plus X's ``errors``)."""
        kind = self.kind if self.kind == "about:blank" else PROBLEM_BASE + self.kind
        body: dict[str, Any] = {
            "title": self.title,
            "detail": self.detail,
            "type": kind,
            "status": self.status,
            **self.extra,
        }
        if self.errors:
            body["errors"] = self.errors
        return body


def invalid_request(message: str, **parameters: Any) -> Problem:
    """400 in X's shape.

    ``parameters`` are the wrong names with their value or values.
    """
    shown = {
        name: [str(one)[:200] for one in (value if isinstance(value, list) else [value])[:10]]
        for name, value in parameters.items()
    }
    return invalid_parameters([{"parameters": shown, "message": message}])


def invalid_parameters(errors: list[dict[str, Any]]) -> Problem:
    """400 for several wrong parameters at once."""
    detail = "One or more parameters to your request was invalid."
    return Problem(400, "invalid-request", "Invalid Request", detail, errors=errors)


def unauthorized(detail: str = "Unauthorized") -> Problem:
    """401: missing or invalid credentials."""
    return Problem(
        401,
        "about:blank",
        "Unauthorized",
        detail,
        headers={"WWW-Authenticate": 'Bearer realm="rookery"'},
    )


def forbidden(detail: str) -> Problem:
    """403: the caller is known and not permitted."""
    return Problem(403, "not-authorized-for-resource", "Forbidden", detail)


def missing_scope(required: list[str]) -> Problem:
    """403 naming the OAuth 2.0 scopes the token lacks (RFC 6750 section 3.1)."""
    scopes = " ".join(required)
    return Problem(
        403,
        "client-forbidden",
        "Forbidden",
        f"The access token lacks a required scope: {scopes}.",
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scopes}"'},
        extra={"required_scopes": required},
    )


def unsupported_authentication(used: str, supported: list[str]) -> Problem:
    """403 for a kind of token that the route does not accept, in X's words.

    Args:
        supported: the kinds that the route accepts.
    """
    return Problem(
        403,
        "unsupported-authentication",
        "Unsupported Authentication",
        f"Authenticating with {used} is forbidden for this endpoint. "
        f"Supported authentication types are [{', '.join(supported)}].",
    )


def not_found(resource_type: str, resource_id: str, parameter: str = "id") -> Problem:
    """404 for one named resource."""
    shown = str(resource_id)[:100]
    return Problem(
        404,
        "resource-not-found",
        "Not Found Error",
        f"Could not find {resource_type} with {parameter}: [{shown}].",
        extra={
            "resource_type": resource_type,
            "resource_id": shown,
            "parameter": parameter,
            "value": shown,
        },
    )


def suspended(user: str, parameter: str = "id") -> Problem:
    """403 for a suspended account, in X's words."""
    shown = str(user)[:100]
    return Problem(
        403,
        "not-authorized-for-resource",
        "Forbidden",
        f"User has been suspended: [{shown}].",
        extra={
            "resource_type": "user",
            "resource_id": shown,
            "parameter": parameter,
            "value": shown,
        },
    )


def missing_resource(resource_type: str, resource_id: str, parameter: str) -> dict[str, Any]:
    """Return a partial error beside ``data`` in a 200, in X's shape."""
    body = not_found(resource_type, resource_id, parameter).document()
    del body["status"]
    return body


def unauthorized_field(resource_type: str, resource_id: str, field: str) -> dict[str, Any]:
    """Return a partial error for a field closed to the caller.

    It stands beside ``data``, in X's shape.
    """
    return {
        "title": "Field Authorization Error",
        "detail": f"Sorry, you are not authorized to access '{field}' on the {resource_type} "
        f"with id: [{resource_id}].",
        "type": f"{PROBLEM_BASE}not-authorized-for-field",
        "resource_type": resource_type,
        "resource_id": resource_id,
        "section": "data",
        "field": field,
        "parameter": f"{resource_type}.fields",
        "value": resource_id,
    }


def omitted_field(resource_type: str, resource_id: str, field: str) -> dict[str, Any]:
    """Return a partial error for a field that the answer has no room for."""
    return {
        "title": "Field Omitted",
        "detail": f"The response has no room for '{field}' of the {resource_type} with id: "
        f"[{resource_id}]. Ask for fewer objects.",
        "type": f"{PROBLEM_BASE}field-omitted",
        "resource_type": resource_type,
        "resource_id": resource_id,
        "section": "data",
        "field": field,
        "parameter": f"{resource_type}.fields",
        "value": resource_id,
    }


def conflict(detail: str) -> Problem:
    """409: the request is valid but the state of the resource forbids it."""
    return Problem(409, "conflict", "Conflict", detail)


def too_many_requests(reset: int, limit: int) -> Problem:
    """429 with the epoch second at which the window resets."""
    return Problem(
        429,
        "about:blank",
        "Too Many Requests",
        "Too Many Requests",
        headers={
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": "0",
            "x-rate-limit-reset": str(reset),
        },
    )
