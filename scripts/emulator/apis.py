"""Teaches the embedded AWS to import REST APIs as API Gateway does.

The emulator reads Swagger documents in templates, but leaves out what API
Gateway answers itself: mock integrations, the method for all others and
GatewayResponses. ImportRestApi, which `chalice deploy` uses, makes an empty API
there, with an answer that no SDK can read, and PutRestApi nothing. Runs in the
stack's own virtual environment.
"""

from __future__ import annotations

import json
from typing import Any

_ANY = "x-amazon-apigateway-any-method"


def _asks(query: dict[str, Any], name: str) -> bool:
    value = query.get("mode")
    return (value[0] if isinstance(value, list) and value else value) == name


def imports_apis() -> None:
    """Answer ImportRestApi and PutRestApi with the emulator's parser."""
    from ministack.services import apigateway_v1 as service

    handle, view = service.handle_request, service._rest_api_view

    def without_blanks(api: dict[str, Any]) -> dict[str, Any]:
        # A member without a value is told as an empty text, which no SDK takes for a number.
        return {name: value for name, value in view(api).items() if value not in (None, "")}

    async def handle_request(
        method: str, path: str, headers: Any, body: Any, query_params: dict[str, Any]
    ) -> Any:
        parts = [part for part in path.strip("/").split("/") if part]
        if parts[:1] != ["restapis"] or len(parts) > 2:
            return await handle(method, path, headers, body, query_params)
        if method == "POST" and _asks(query_params, "import"):
            identifier = service._import_rest_api(json.loads(body))
            _, told, answer = service._get_rest_api(identifier)
            return 201, told, answer
        if method == "PUT" and len(parts) == 2:
            return _overwrite(service, parts[1], json.loads(body))
        return await handle(method, path, headers, body, query_params)

    service.handle_request = handle_request
    service._rest_api_view = without_blanks
    _reads_own_answers(service)


def _reads_own_answers(service: Any) -> None:
    """Keep the gateway responses of an imported Swagger document."""
    read, read_path = service._import_rest_api, service._import_path_item
    read_operation = service._import_operation
    service._OPENAPI_HTTP_METHODS.add("any")

    def import_rest_api(document: dict[str, Any], *rest: Any) -> str:
        identifier = str(read(document, *rest))
        _answer_as(service, identifier, document)
        return identifier

    def import_path(api: str, path: str, item: dict[str, Any], *rest: Any) -> None:
        methods = {("any" if name == _ANY else name): one for name, one in item.items()}
        read_path(api, path, methods, *rest)

    def import_operation(
        api: str, resource: str, method: str, operation: dict[str, Any], *rest: Any
    ) -> None:
        read_operation(api, resource, method, operation, *rest)
        given = (operation or {}).get("x-amazon-apigateway-integration") or {}
        if str(given.get("type")).lower() != "mock":
            return
        behavior = str(given.get("passthroughBehavior", "when_no_match")).upper()
        service._put_integration(
            api, resource, method, {**given, "type": "MOCK", "passthroughBehavior": behavior}
        )
        for pattern, answer in (given.get("responses") or {}).items():
            selection = "" if pattern == "default" else pattern
            service._put_integration_response(
                *(api, resource, method, str(answer["statusCode"])),
                {**answer, "selectionPattern": selection},
            )

    service._import_rest_api = import_rest_api
    service._import_path_item = import_path
    service._import_operation = import_operation


def _answer_as(service: Any, identifier: str, document: dict[str, Any]) -> None:
    answers = document.get("x-amazon-apigateway-gateway-responses") or {}
    for kind, answer in answers.items():
        service._put_gateway_response(identifier, kind, answer)


def _overwrite(service: Any, identifier: str, document: dict[str, Any]) -> Any:
    """Replace what an API consists of; its id, and so its address, stays."""
    resources = service._resources.get(identifier)
    if resources is None:
        return service._get_rest_api(identifier)
    for name in [one for one, found in resources.items() if found.get("path") != "/"]:
        del resources[name]
    schemes = service._import_security_schemes(identifier, document)
    for path, item in (document.get("paths") or {}).items():
        service._import_path_item(identifier, path, item, schemes, document.get("security"))
    _answer_as(service, identifier, document)
    return service._get_rest_api(identifier)
