"""The OpenAPI 3.1 document, generated from the routes' own declarations."""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.auth.scopes import ALL_SCOPES, GRANTABLE_SCOPES, KEY_ADMIN, KEY_SCOPES
from shared.base.answers import JSON, PROBLEM, Answer
from shared.base.components import Component
from shared.base.legacy_errors import LEGACY_ERRORS
from shared.base.validation import Schema
from shared.http.api import FORM_TYPE, Endpoint
from shared.http.multipart import FORM_DATA

# Answers that no route declares: each status with the name and the words of its response.
_REFUSALS = {
    400: ("BadRequest", "A parameter or a member of the body is invalid"),
    401: ("Unauthorized", "Credentials are missing or invalid"),
    403: ("Forbidden", "The credentials do not permit the request"),
    404: ("NotFound", "The resource does not exist, or is hidden from the caller"),
    409: ("Conflict", "The state of the resource forbids the request"),
    413: ("PayloadTooLarge", "The body is too large"),
    415: ("UnsupportedMediaType", "The body is in an unsupported format"),
    429: ("TooManyRequests", "The rate limit is used up until `x-rate-limit-reset`"),
}
# Words for what a path parameter names, where the path's own would not do.
_PATH_NOUNS = {
    "follow_requests": "user who asks to follow you",
    "scheduled": "scheduled tweet",
    "upload": "media",
}
# Descriptions of path parameters that are no ids.
_PATH_WORDS = {
    "username": "Username, without @",
    "handle": "Username, with @",
    "section": "Part of the page",
    "tag": "Hashtag, without #",
}
_OTHER = ("Failure", "Something went wrong on the server")


def document(
    endpoints: Iterable[Endpoint], server_url: str, version: str, tags: Mapping[str, str]
) -> dict[str, Any]:
    """Return the API document of some routes.

    Args:
        tags: the groups of the routes in the order in which they are shown, with a sentence each.

    Raises:
        ValueError: a route's group is not among ``tags``, or two different
            schemas have one name.
    """
    order = list(tags)
    components: dict[str, Schema] = {}
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in sorted(endpoints, key=lambda e: (order.index(e.tag), e.path, e.method)):
        operation = _operation(endpoint, components)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    problem = {"application/problem+json": {"schema": _named(PROBLEM, components)}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rookery",
            "version": version,
            "description": _description(paths),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server_url}],
        "tags": [{"name": name, "description": words} for name, words in tags.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": {
                name: {"description": words, "content": problem}
                for name, words in (*_REFUSALS.values(), _OTHER)
            },
            "securitySchemes": _schemes(server_url),
        },
    }


def _description(paths: Iterable[str]) -> str:
    """Words for the document: a domain by itself may have no routes of X."""
    if any(path.startswith("/2/") for path in paths):
        return "X API v2 compatible routes under /2, Rookery's own under /1."
    return "Routes under /1."


def _schemes(server_url: str) -> dict[str, Any]:
    return {
        "OAuth2UserToken": {
            "type": "oauth2",
            "description": "An access token that acts for a user, with the scopes consented to.",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{server_url}/i/oauth2/authorize",
                    "tokenUrl": f"{server_url}/2/oauth2/token",
                    "refreshUrl": f"{server_url}/2/oauth2/token",
                    "scopes": dict(GRANTABLE_SCOPES),
                }
            },
        },
        "SessionToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "The `access_token` of a session (`POST /1/sessions`). It acts for the "
            "user on every route. Scopes: "
            + ", ".join(f"`{scope}`" for scope in sorted(ALL_SCOPES))
            + ".",
        },
        "BearerToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "An app-only bearer token (`POST /oauth2/token`). It acts for no user.",
        },
        "UserToken": {
            "type": "http",
            "scheme": "OAuth",
            "description": "An OAuth 1.0a signature (HMAC-SHA1) with the keys of a developer app "
            "and of its owner.",
        },
        "ApiKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "The key of an outside caller, `rk_…` (`POST /1/api_keys`). One of the "
            "scopes is enough. Scopes: "
            + "; ".join(f"`{scope}`: {words}" for scope, words in KEY_SCOPES.items())
            + ".",
        },
    }


def _operation(endpoint: Endpoint, components: dict[str, Schema]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(endpoint),
        "summary": endpoint.summary,
        "description": inspect.getdoc(endpoint.handler) or "",
        "tags": [endpoint.tag],
        "parameters": [*_path(endpoint.path), *_query(endpoint.query, components)],
        "security": _security(endpoint),
        "responses": _responses(endpoint, components),
    }
    if endpoint.body is not None:
        types = [JSON, *[FORM_TYPE] * endpoint.form, *[FORM_DATA] * endpoint.multipart]
        body = _named(endpoint.body, components)
        content = {media_type: {"schema": body} for media_type in types}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _path(path: str) -> Iterator[dict[str, Any]]:
    """Path parameters with the kind of object that each ID is of.

    ``/2/users/{id}`` has the ID of a user, ``{tweet_id}`` that of a tweet.
    """
    for before, name in re.findall(r"(\w*)/{(\w+)}", path):
        owner = before if name == "id" else name.removesuffix("_id").removeprefix("target_")
        noun = _PATH_NOUNS.get(owner, owner.removesuffix("s").replace("_", " "))
        words = _PATH_WORDS.get(name, f"ID of the {noun}")
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": words,
            "schema": {"type": "string"},
        }


def _query(query: Schema, components: dict[str, Schema]) -> Iterator[dict[str, Any]]:
    required = set(query.get("required", ()))
    for name, schema in query.get("properties", {}).items():
        parameter = {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": _named(schema, components),
        }
        if "description" in schema:
            parameter["description"] = schema["description"]
        if schema.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        yield parameter


def _operation_id(endpoint: Endpoint) -> str:
    first, *rest = endpoint.handler.__name__.split("_")
    return first + "".join(word.title() for word in rest)


def _responses(endpoint: Endpoint, components: dict[str, Schema]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for answer in endpoint.answers:
        responses[str(answer.status)] = _response(answer, components)
    if endpoint.method == "GET" and "200" in responses:
        responses["304"] = {"description": "Not changed since the `etag` in `if-none-match`"}
    for status in _refusals(endpoint):
        responses.setdefault(str(status), _refusal(endpoint, *_REFUSALS[status], components))
    return {
        **dict(sorted(responses.items())),
        "default": _refusal(endpoint, *_OTHER, components),
    }


def _refusal(
    endpoint: Endpoint, name: str, words: str, components: dict[str, Schema]
) -> dict[str, Any]:
    if not endpoint.legacy:
        return {"$ref": f"#/components/responses/{name}"}
    return _response(Answer(LEGACY_ERRORS, description=words), components)


def _response(answer: Answer, components: dict[str, Schema]) -> dict[str, Any]:
    response: dict[str, Any] = {"description": answer.description or "Success"}
    if answer.media_type:
        schema = _named(answer.schema, components) if answer.schema else {"type": "string"}
        response["content"] = {answer.media_type: {"schema": schema}}
    if answer.headers:
        response["headers"] = {
            name: {"description": words, "schema": {"type": "string"}}
            for name, words in answer.headers
        }
    return response


def _refusals(endpoint: Endpoint) -> list[int]:
    """Status codes of the problems that a route may answer with."""
    statuses = [400, 429]
    if not endpoint.access.public:
        statuses += [401, 403]
    if "{" in endpoint.path or endpoint.method != "GET":
        statuses.append(404)
    if endpoint.method != "GET":
        statuses.append(409)
    if endpoint.body is not None:
        statuses += [413, 415]
    return sorted(statuses)


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    """Every kind of credentials that a route takes."""
    access = endpoint.access
    scopes = list(access.scopes)
    if endpoint.signed:
        return [{"UserToken": []}]
    options: list[dict[str, list[str]]] = []
    if access.user:
        # The scopes of a first-party session are given to no app.
        if all(scope in GRANTABLE_SCOPES for scope in scopes):
            options += [{"OAuth2UserToken": scopes}, {"UserToken": []}]
        options.append({"SessionToken": scopes})
    if access.app:
        options.append({"BearerToken": []})
    # One of its scopes is enough, which alternatives say.
    if access.keys:
        options += [{"ApiKey": [scope]} for scope in dict.fromkeys((*access.keys, KEY_ADMIN))]
    return options


def _named(schema: Any, components: dict[str, Schema]) -> Any:
    """Return a schema with references to its gathered components."""
    if isinstance(schema, list):
        return [_named(one, components) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: _named(one, components) for name, one in schema.items()}
    if not isinstance(schema, Component):
        return found
    if components.setdefault(schema.name, found) != found:
        raise ValueError(f"two schemas are called {schema.name}")
    return {"$ref": f"#/components/schemas/{schema.name}"}
