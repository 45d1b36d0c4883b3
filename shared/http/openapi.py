"""The OpenAPI 3.1 document, generated from the routes' own declarations."""

import re
from collections.abc import Iterable
from typing import Any

from shared.auth.scopes import ALL_SCOPES, GRANTABLE_SCOPES, Access
from shared.http.api import FORM_TYPE, Endpoint
from shared.http.multipart import FORM_DATA

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem document with X's type URIs.",
    "required": ["title", "type"],
    "properties": {
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def document(endpoints: Iterable[Endpoint], server_url: str, version: str) -> dict[str, Any]:
    """The whole API document of some routes."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in sorted(endpoints, key=lambda e: (e.path, e.method)):
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rookery",
            "version": version,
            "description": "X API v2 compatible routes under /2, Rookery's own under /1.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server_url}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM_SCHEMA},
            "responses": {
                "Problem": {
                    "description": "A problem document",
                    "content": {"application/problem+json": {"schema": _PROBLEM}},
                }
            },
            "securitySchemes": {
                "UserToken": {
                    "type": "oauth2",
                    "flows": {
                        "authorizationCode": {
                            "authorizationUrl": f"{server_url}/i/oauth2/authorize",
                            "tokenUrl": f"{server_url}/2/oauth2/token",
                            "refreshUrl": f"{server_url}/2/oauth2/token",
                            "scopes": dict(ALL_SCOPES),
                        }
                    },
                },
                "BearerToken": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]
    required = set(endpoint.query.get("required", ()))
    for name, schema in endpoint.query.get("properties", {}).items():
        parameter = {"name": name, "in": "query", "required": name in required, "schema": schema}
        if schema.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        parameters.append(parameter)
    operation: dict[str, Any] = {
        "operationId": _operation_id(endpoint),
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": parameters,
        "security": _security(endpoint.access),
        "responses": {
            str(endpoint.status): {
                "description": "Success",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if endpoint.body is not None:
        content = {"application/json": {"schema": endpoint.body}}
        if endpoint.form:
            content[FORM_TYPE] = {"schema": endpoint.body}
        if endpoint.multipart:
            content[FORM_DATA] = {"schema": endpoint.body}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _operation_id(endpoint: Endpoint) -> str:
    first, *rest = endpoint.handler.__name__.split("_")
    return first + "".join(word.title() for word in rest)


def _security(access: Access) -> list[dict[str, list[str]]]:
    options: list[dict[str, list[str]]] = []
    if access.user:
        first_party = any(scope not in GRANTABLE_SCOPES for scope in access.scopes)
        options.append({"BearerToken": []} if first_party else {"UserToken": list(access.scopes)})
    if access.app:
        options.append({"BearerToken": []})
    return options
