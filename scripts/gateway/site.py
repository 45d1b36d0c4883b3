"""Pages of the gateway itself: web client, demo site, API documentation."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from scripts.base.process import ROOT
from scripts.gateway.proxy import problem_response
from scripts.gateway.routes import API_ROOTS, under

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' blob: data: https: http:; media-src 'self' blob:; "
    "style-src 'self'; "
    "script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'"
)
SAFETY = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin",
}
# Vite puts a hash of the content into the name: name-3fA9x_-Q.js
HASHED = re.compile(r"^assets/.*-[\w-]{8,}\.\w+$")
IMMUTABLE = "public, max-age=31536000, immutable"
# Kind of credentials whose scopes are alternatives.
_KEYS = "ApiKey"
DEMO_SITE = ROOT / "scripts" / "demo_site"
STYLE = ROOT / "scripts" / "gateway" / "pages.css"
# Files of the web client that are there without a build: robots.txt, icons.
PUBLIC = ROOT / "web" / "public"


def inside(root: Path, relative: str) -> Path | None:
    """Return a file below a directory; None if absent or outside."""
    target = (root / relative.lstrip("/")).resolve()
    return target if target.is_file() and target.is_relative_to(root.resolve()) else None


def page(title: str, body: str, status: int = 200) -> web.Response:
    """A small page of our own, under the strict policy."""
    text = (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><link rel=icon href=/favicon.svg type=image/svg+xml>"
        "<link rel=stylesheet href=/docs/style.css>"
        f"<main>{body}</main></html>"
    )
    headers = {**SAFETY, "cache-control": "no-store"}
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)


class Site:
    """Static files of the web client; its own routes fall back to its page."""

    def __init__(self, dist: Path, uploads: str = "") -> None:
        """Serve ``dist``; ``uploads`` is the bucket's origin, open to forms."""
        self.dist = dist
        connect = f"connect-src 'self' {uploads}".rstrip()
        policy = CONTENT_POLICY.replace("connect-src 'self'", connect)
        # Headers of all pages in which the web client may run.
        self.safety = {**SAFETY, "content-security-policy": policy}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer whatever no domain serves."""
        path = request.path
        if under(path, API_ROOTS):
            return problem_response(404, f"There is nothing at {path}.")
        if request.method not in {"GET", "HEAD"}:
            detail = f"{request.method} is not possible at {path}."
            return problem_response(405, detail, {"allow": "GET, HEAD"})
        found, root = inside(self.dist, path), self.dist
        if found is None and (found := inside(PUBLIC, path)):
            root = PUBLIC
        # Programs that show links send any Accept header, or none: the path alone decides.
        if found is None and "." not in path.rpartition("/")[2]:
            found = inside(self.dist, "index.html")
            if found is None:
                return _no_client()
        if found is None:
            return problem_response(404, f"There is nothing at {path}.")
        name = found.relative_to(root.resolve()).as_posix()
        caching = IMMUTABLE if HASHED.match(name) else "no-cache"
        return web.FileResponse(found, headers={**self.safety, "cache-control": caching})


def _no_client() -> web.Response:
    return page(
        "Rookery",
        "<h1>Rookery is running</h1><p>The web client is not built yet. It needs Node.js 20 "
        "or newer:</p><pre>make web</pre><p>Then reload this page. The API works without it: "
        "see <a href=/docs>the API's documentation</a> and <a href=/healthz>its health</a>.</p>",
    )


async def demo(request: web.Request) -> web.StreamResponse:
    """The demo site: a few pages to crawl and to link to."""
    name = request.match_info["name"] or "index"
    found = inside(DEMO_SITE, name if "." in name else f"{name}.html")
    if found is None:
        return problem_response(404, f"There is nothing at {request.path}.")
    return web.FileResponse(found, headers={**SAFETY, "cache-control": "no-cache"})


async def style(_: web.Request) -> web.StreamResponse:
    """The style sheet of our own pages."""
    return web.FileResponse(STYLE, headers={**SAFETY, "cache-control": "no-cache"})


def documentation(document: Mapping[str, Any]) -> web.Response:
    """The OpenAPI document as one readable page, without scripts.

    The packaged viewers do not know OpenAPI 3.1 or would need a looser policy.
    """
    by_tag: dict[str, list[str]] = {}
    for path, methods in document.get("paths", {}).items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            by_tag.setdefault(tag, []).append(_operation(method, path, operation))
    components = document.get("components", {})
    by_tag["Credentials"] = [
        _details(name, _prose(scheme.get("description", "")))
        for name, scheme in components.get("securitySchemes", {}).items()
    ]
    by_tag["Schemas"] = [
        _details(name, f"<pre>{_linked(schema)}</pre>")
        for name, schema in components.get("schemas", {}).items()
    ]
    words = {tag["name"]: tag.get("description", "") for tag in document.get("tags", ())}
    info = document.get("info", {})
    contents = " · ".join(f'<a href="#{html.escape(tag)}">{html.escape(tag)}</a>' for tag in by_tag)
    sections = "".join(
        f'<h2 id="{html.escape(tag)}">{html.escape(tag)}</h2>'
        f"<p>{html.escape(words.get(tag, ''))}</p>{''.join(entries)}"
        for tag, entries in by_tag.items()
        if entries
    )
    title = str(info.get("title", "API"))
    return page(
        f"{title} API",
        f"<h1>{html.escape(title)} API</h1><p>{html.escape(str(info.get('description', '')))}</p>"
        f"<p><a href=/openapi.json>OpenAPI document</a></p><nav>{contents}</nav>{sections}",
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    parts = []
    for parameter in operation.get("parameters", []):
        needed = " required" if parameter.get("required") else ""
        parts.append(
            f"<tr><td><code>{html.escape(parameter['name'])}</code><td>{parameter['in']}{needed}"
            f"<td><code>{_linked(parameter.get('schema', {}), None)}</code>"
        )
    table = f"<table>{''.join(parts)}</table>" if parts else ""
    body = ""
    for kind, content in (operation.get("requestBody") or {}).get("content", {}).items():
        schema = _linked(content.get("schema", {}))
        body += f"<p>Body, <code>{html.escape(kind)}</code>:</p><pre>{schema}</pre>"
    return (
        f"<details><summary><b class={method}>{method.upper()}</b> "
        f"<code>{html.escape(path)}</code> {html.escape(operation.get('summary', ''))}</summary>"
        f"<p>{_prose(operation.get('description', ''))}</p>"
        f"{_credentials(operation)}{table}{body}{_answers(operation)}</details>"
    )


def _credentials(operation: Mapping[str, Any]) -> str:
    """Kinds of credentials, each once, and scopes.

    Those of an API key are alternatives.
    """
    options: list[dict[str, list[str]]] = operation.get("security", [])
    kinds: dict[str, list[str]] = {}
    for name, scopes in (pair for one in options for pair in one.items()):
        kinds.setdefault(name, []).extend(scopes)
    names = ", ".join(f'<a href="#{html.escape(one)}">{html.escape(one)}</a>' for one in kinds)
    keys = kinds.pop(_KEYS, [])
    scopes = sorted({scope for found in kinds.values() for scope in found})
    needs = f"<p>Credentials: {names}</p>" if names else "<p>No credentials are needed.</p>"
    if scopes:
        needs += f"<p>Scopes: <code>{html.escape(' '.join(scopes))}</code></p>"
    if keys:
        words = " or ".join(f"<code>{html.escape(one)}</code>" for one in keys)
        needs += f"<p>Scope of an API key: {words}</p>"
    return needs


def _prose(text: str) -> str:
    """Markup of a description, in which backticks enclose code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _answers(operation: Mapping[str, Any]) -> str:
    """Successes with their schemas; of refusals the codes."""
    shown, refusals = "", []
    for code, response in operation.get("responses", {}).items():
        if "$ref" in response:
            refusals.append(html.escape(code))
            continue
        shown += f"<p>Answer {html.escape(code)}: {html.escape(response.get('description', ''))}"
        for kind, content in response.get("content", {}).items():
            schema = _linked(content.get("schema", {}))
            shown += f", <code>{html.escape(kind)}</code>:</p><pre>{schema}</pre><p>"
        shown += "</p>"
    return shown + (f"<p>Problems: {', '.join(refusals)}</p>" if refusals else "")


def _details(name: str, content: str) -> str:
    shown = html.escape(name)
    return f'<details id="{shown}"><summary>{shown}</summary>{content}</details>'


def _linked(schema: Any, indent: int | None = 2) -> str:
    """Markup of a schema; references link to the schemas at the page's end."""
    shown = html.escape(json.dumps(schema, indent=indent))
    pattern = r"\{\s*&quot;\$ref&quot;: &quot;#/components/schemas/(\w+)&quot;\s*\}"
    return re.sub(pattern, r'<a href="#\1">\1</a>', shown)
