"""Problem documents (RFC 9457) of the local servers."""

from __future__ import annotations

import json

from shared.http.cors import CORS

NOT_FOUND = "https://api.x.com/2/problems/resource-not-found"
CONTENT_TYPE = "application/problem+json"
_TITLES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    411: "Length Required",
    413: "Content Too Large",
    421: "Misdirected Request",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
BODY_LIMIT = 1024 * 1024
# Media and uploaded seeds are larger; Lambda itself takes no more than this.
MEDIA_LIMIT = 10 * 1024 * 1024
_MEDIA_PATHS = (
    "/2/media",
    "/1/media",
    "/1.1/media",
    "/1.1/account/update_profile_",
    "/1/crawls/upload",
)
PREFLIGHT = {
    **CORS,
    "access-control-allow-headers": "authorization, content-type, idempotency-key",
    "access-control-max-age": "600",
}


def problem(status: int, detail: str) -> bytes:
    """The body of a problem answer."""
    kind = NOT_FOUND if status == 404 else "about:blank"
    title = "Not Found Error" if status == 404 else _TITLES.get(status, "Error")
    return json.dumps({"title": title, "detail": detail, "status": status, "type": kind}).encode()


def body_limit(path: str) -> int:
    """The largest request body, in bytes, that a path takes."""
    return MEDIA_LIMIT if path.startswith(_MEDIA_PATHS) else BODY_LIMIT
