"""Teaches the embedded AWS to import REST APIs, as `chalice deploy` makes them.

The emulator reads Swagger documents in templates, but ImportRestApi makes an
empty API there, with an answer that no SDK can read, and PutRestApi nothing.
Runs in the stack's own virtual environment.
"""

from __future__ import annotations

import json
from typing import Any


def _asks(query: dict[str, Any], name: str) -> bool:
    value = query.get("mode")
    return (value[0] if isinstance(value, list) and value else value) == name


def imports_apis() -> None:
    """Answer ImportRestApi and PutRestApi by the emulator's own reader of documents."""
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
    return service._get_rest_api(identifier)
