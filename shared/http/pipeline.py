"""Pipeline of a request: authenticate, authorize, validate, act, answer."""

import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from chalice.app import Response

from shared.auth import authentication
from shared.auth.oauth1 import SignedRequest
from shared.base import legacy_errors, pagination
from shared.base.errors import Problem, forbidden, invalid_request
from shared.base.observability import logger
from shared.base.validation import parse_json, validate_body, validate_query
from shared.http import multipart, rate_limit
from shared.http.api import FORM_TYPE, Call, Endpoint, Reply
from shared.http.source_ip import client_address, passed_edge
from shared.text.cleaning import clean_body

MAX_BODY_BYTES = 1_000_000
# Media bodies, by whether they are forms. Lambda takes 6 MB, and API Gateway encodes binary
# bodies as base64.
MAX_MEDIA_BYTES = {True: 4_500_000, False: 5_900_000}
JSON_TYPE = "application/json; charset=utf-8"
PROBLEM_TYPE = "application/problem+json"
# Answers belong to their caller: no cache keeps them, even one that ignores `Authorization`.
NOBODYS = "private, no-store"
SHARED = "public"


def respond(endpoint: Endpoint, request: Any, path_parameters: dict[str, str]) -> Response:
    """Run one request; every outcome is a well-formed answer."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    request_id = headers.get("x-request-id") or uuid.uuid4().hex
    started = time.perf_counter()
    limit_headers: dict[str, str] = {}
    call = _call(endpoint, request, headers, request_id, path_parameters)
    call.signing = lambda: _signed(call, request)
    try:
        if not passed_edge(headers):
            # Before anything that costs: requests past the CDN also bypass its WAF.
            raise forbidden("This address is not for clients; use the platform's public address.")
        try:
            if not endpoint.access.public:
                call.principal = authentication.authenticate(
                    headers.get("authorization"),
                    call.signing,
                    writes=endpoint.method != "GET",
                    verify_key=endpoint.verify_key,
                )
        finally:
            # Refused credentials count too, by address, which limits guessing.
            limit_headers = rate_limit.take(call.principal, call.source_ip, endpoint)
        authentication.authorize(call.principal, endpoint.access)
        _read_parameters(call, request)
        answer = endpoint.handler(call)
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        _link_pages(call, reply.body)
        response = _revalidated(endpoint, headers, _success(endpoint, reply))
    except Problem as problem:
        response = _problem(endpoint, problem)
    except Exception:
        logger().exception("request failed", path=endpoint.path, request_id=request_id)
        detail = "Something went wrong on our side; please quote the request id."
        response = _problem(endpoint, Problem(500, "about:blank", "Internal Server Error", detail))
    response.headers.setdefault("x-request-id", request_id)
    # Users' text is data, whatever a browser would detect in it.
    response.headers.setdefault("x-content-type-options", "nosniff")
    if response.headers.setdefault("cache-control", NOBODYS) == NOBODYS:
        response.headers.setdefault("vary", "authorization")
    # Answers that caches share must not tell one caller's limits.
    if not str(response.headers["cache-control"]).startswith(SHARED):
        for name, value in limit_headers.items():
            response.headers.setdefault(name, value)
    logger().info(
        "request",
        method=endpoint.method,
        path=endpoint.path,
        status=response.status_code,
        request_id=request_id,
        ms=round((time.perf_counter() - started) * 1000, 1),
    )
    return response


def _link_pages(call: Call, body: Any) -> None:
    """Add tokens of previous pages: X's lists can be read backwards."""
    meta = body.get("meta") if isinstance(body, dict) else None
    if meta and call.endpoint.path.startswith("/2/"):
        pagination.link(meta, call.query.get("pagination_token") or call.query.get("next_token"))


def _call(
    endpoint: Endpoint,
    request: Any,
    headers: Mapping[str, str],
    request_id: str,
    path_parameters: dict[str, str],
) -> Call:
    identity = request.context.get("identity") or {}
    return Call(
        endpoint=endpoint,
        request_id=request_id,
        headers=headers,
        # API Gateway passes path parameters decoded or raw, by integration: decode once.
        path={name: unquote(value) for name, value in path_parameters.items()},
        query={},
        body=None,
        source_ip=client_address(headers, identity.get("sourceIp", "")),
        cookies=_cookies(headers.get("cookie", "")),
    )


def _read_parameters(call: Call, request: Any) -> None:
    """Validate query and body into the call.

    Raises:
        Problem: 400 for parameters that are not valid, 413 and 415 for the body.
    """
    endpoint, query = call.endpoint, _multi_query(request)
    if endpoint.body is None:
        if endpoint.legacy and endpoint.method != "GET":
            query = _joined(query, _body(endpoint, request, call.headers)[0])
        call.query = validate_query(endpoint.query, query, lenient=endpoint.legacy)
        return
    body, call.files = _body(endpoint, request, call.headers)
    if endpoint.anywhere:
        body, query = _with_query(body, query), {}
    if endpoint.legacy and isinstance(body, dict):
        known = endpoint.body.get("properties", {})
        body = {name: value for name, value in body.items() if name in known}
    call.query = validate_query(endpoint.query, query, lenient=endpoint.legacy)
    call.body = clean_body(endpoint.body, validate_body(endpoint.body, body))


def _joined(query: Mapping[str, list[str]], body: Any) -> dict[str, list[str]]:
    """Return the parameters of a query and of a flat body as texts."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in (body.items() if isinstance(body, dict) else ())
    }
    return {**query, **{name: [value] for name, value in texts.items()}}


def _with_query(body: Any, query: Mapping[str, list[str]]) -> Any:
    """Return a body with the parameters of the query as further members.

    Raises:
        Problem: 400 for a parameter that is included twice.
    """
    if not isinstance(body, dict):
        return body
    repeated = [name for name, values in query.items() if name in body or len(values) > 1]
    if repeated:
        raise invalid_request("A parameter is included more than once.")
    return {**body, **{name: values[0] for name, values in query.items()}}


def _signed(call: Call, request: Any) -> SignedRequest:
    """Return the parts that an OAuth 1.0a signature covers.

    RFC 5849 section 3.4.1.3.1.
    """
    headers = call.headers
    pairs = [(name, value) for name, values in _multi_query(request).items() for value in values]
    if headers.get("content-type", "").partition(";")[0].strip().lower() == FORM_TYPE:
        raw = request.raw_body or b""
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        pairs += parse_qsl(text, keep_blank_values=True, max_num_fields=100)
    # The path as clients write it; API Gateway's own begins with the stage.
    escaped = {name: quote(value, safe="") for name, value in call.path.items()}
    return SignedRequest(
        domain=call.endpoint.domain,
        method=call.endpoint.method,
        path=call.endpoint.path.format(**escaped),
        parameters=tuple(pairs),
        host=headers.get("x-forwarded-host") or headers.get("host", ""),
        writes=call.endpoint.method != "GET",
    )


def _cookies(header: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in header.split(";"))
    return {name.strip(): value.strip() for name, separator, value in pairs if separator}


def _multi_query(request: Any) -> dict[str, list[str]]:
    query = request.query_params
    if not query:
        return {}
    return {name: query.getlist(name) for name in query}


def _body(
    endpoint: Endpoint, request: Any, headers: Mapping[str, str]
) -> tuple[Any, Mapping[str, bytes]]:
    raw = request.raw_body or b""
    raw = raw.encode() if isinstance(raw, str) else raw
    content_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    form_data = content_type == multipart.FORM_DATA and endpoint.multipart
    limit = MAX_MEDIA_BYTES[form_data] if endpoint.multipart else MAX_BODY_BYTES
    if len(raw) > limit:
        detail = f"The body is larger than {limit / 1e6:g} MB."
        raise Problem(413, "about:blank", "Payload Too Large", detail)
    if form_data:
        return multipart.parse(headers["content-type"], raw)
    if content_type == FORM_TYPE and (endpoint.form or endpoint.legacy):
        return _form(raw), {}
    if content_type != "application/json" and raw:
        raise Problem(
            415,
            "about:blank",
            "Unsupported Media Type",
            f"Content-Type [{content_type[:100]}] is not supported; send application/json.",
        )
    return parse_json(raw), {}


def _form(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise invalid_request("The form body is not valid.") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise invalid_request("A form parameter is included more than once.")
    return dict(pairs)


def _success(endpoint: Endpoint, reply: Reply) -> Response:
    headers: dict[str, str | list[str]] = dict(reply.headers)
    body = reply.body
    if not any(name.lower() == "content-type" for name in headers):
        headers["content-type"] = JSON_TYPE
        body = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(body=body, status_code=reply.status or endpoint.status, headers=headers)


def _revalidated(endpoint: Endpoint, headers: Mapping[str, str], response: Response) -> Response:
    """Add ETag and cache headers to a successful GET, or answer 304.

    The tag is weak: it stands for the JSON, even if a proxy changes its bytes
    (RFC 9110 sections 8.8.1 and 13.1.2).
    """
    if endpoint.method != "GET" or response.status_code != 200:
        return response
    body = response.body if isinstance(response.body, bytes) else str(response.body).encode()
    tag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    response.headers.setdefault("etag", tag)
    if endpoint.shared_seconds:
        # A browser revalidates sooner than the CDN, so that ages do not add up.
        browser = endpoint.shared_seconds // 2
        response.headers["cache-control"] = (
            f"{SHARED}, max-age={browser}, s-maxage={endpoint.shared_seconds}"
        )
    if tag in (one.strip() for one in headers.get("if-none-match", "").split(",")):
        del response.headers["content-type"]
        return Response("", response.headers, 304)
    return response


def _problem(endpoint: Endpoint, problem: Problem) -> Response:
    kind = JSON_TYPE if endpoint.legacy else PROBLEM_TYPE
    headers: dict[str, str | list[str]] = {**problem.headers, "content-type": kind}
    document = legacy_errors.document(problem) if endpoint.legacy else problem.document()
    return Response(json.dumps(document), headers, problem.status)
