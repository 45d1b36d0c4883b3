"""Routing of requests to domains, and the guard in front of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scripts.base.domain import domains
from scripts.base.process import ROOT

ROUTES = ROOT / "infra" / "routes.json"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
# Names under which a TLS front presents us to unmodified clients of X.
FRONT_NAMES = frozenset(
    f"{service}{domain}"
    for service in ("", "api.", "publish.", "upload.")
    for domain in ("twitter.com", "x.com")
)
API_ROOTS = ("/1", "/1.1", "/2", "/i", "/oauth2", "/.well-known")
# Cookies or mails are behind these, so no page of another origin may ask for them.
PRIVATE_ROOTS = ("/i", "/1/dev", "/oauth/authorize", "/oauth/authenticate", "/oauth/login")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def under(path: str, roots: tuple[str, ...]) -> bool:
    """Return True if a path is one of the roots or lies below one."""
    return any(path == root or path.startswith(f"{root}/") for root in roots)


@dataclass(frozen=True)
class Route:
    """Row of the table.

    Attributes:
        shared: caches may keep its answers, which know no caller: neither credentials nor
            cookies reach the domain.
        query: the query reaches it all the same.
    """

    domain: str
    shared: bool = False
    query: bool = True


class RouteTable:
    """Ordered table of paths and domains; the first match wins.

    ``*`` crosses slashes, as in CloudFront's path patterns.
    """

    def __init__(self, routes: list[dict[str, Any]]) -> None:
        self._routes = [
            (re.compile(".*".join(map(re.escape, row["path"].split("*"))), re.S), _route(row))
            for row in routes
        ]

    @classmethod
    def load(cls, path: Path = ROUTES) -> RouteTable:
        """Read the table, from which the CDN is configured as well.

        After its rows, each domain serves the paths that begin with its name: ``/1/crawler*``.
        """
        own = [{"path": f"/1/{name}*", "domain": name} for name in domains()]
        return cls([*json.loads(path.read_text())["routes"], *own])

    def find(self, path: str) -> Route | None:
        """Return the row of the path, or None."""
        for pattern, route in self._routes:
            if pattern.fullmatch(path):
                return route
        return None

    def domain(self, path: str) -> str | None:
        """Return the domain that serves the path, or None."""
        found = self.find(path)
        return found.domain if found else None


def _route(row: Mapping[str, Any]) -> Route:
    shared = bool(row.get("cached"))
    return Route(row["domain"], shared, not shared or bool(row.get("query")))


def _split_host(host: str) -> tuple[str, str]:
    match = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:/@\s]+)(?::(\d+))?", host.strip())
    return (match[1].lower(), match[2] or "") if match else ("", "")


@dataclass(frozen=True)
class Guard:
    """Keeps pages of other sites away from a server on this machine.

    A page can make a name of its own point to 127.0.0.1 (DNS rebinding); the
    Host header then carries that name. And it can send requests to us without
    reading the answer; the Origin header tells those.
    """

    port: int

    def knows_host(self, host: str) -> bool:
        """Return True if a Host header names this server."""
        name, port = _split_host(host)
        if name in LOOPBACK_NAMES:
            return port in {"", str(self.port)}
        return name in FRONT_NAMES and port in {"", "443"}

    def allows_origin(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Return True if a page of the request's Origin may do this.

        Pages on this machine may do everything. Others may read public answers
        and use a token that they hold, as the API's CORS headers promise, but
        neither act without one nor reach what cookies or the outbox guard.
        """
        origin = headers.get("Origin")
        # A form on a page with the no-referrer policy says "null" even to its
        # own server; no page can forge the other header.
        if origin is None or headers.get("Sec-Fetch-Site") == "same-origin":
            return True
        name, _ = _split_host(urlsplit(origin).netloc)
        if name in LOOPBACK_NAMES or name in FRONT_NAMES:
            return True
        if under(path, PRIVATE_ROOTS):
            return False
        return method in SAFE_METHODS or "Authorization" in headers
