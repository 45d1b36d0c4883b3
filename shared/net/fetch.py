"""Requests to untrusted addresses: pages, cards, webhooks, images.

Refuses server-side request forgery at the socket, where differences of URL
parsers do not matter, and bounds every resource a hostile server could take: time,
bytes, decompression, headers and redirects. Environment proxies are not used.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from http.client import HTTPException
from ipaddress import ip_address
from ssl import SSLError as PlainSSLError
from typing import Any

from ada_url import URL
from urllib3 import exceptions

from shared.base.config import settings
from shared.net import dns_pinning, reading
from shared.net.addresses import is_allowed
from shared.net.answers import Exchange, Fetched, FetchError
from shared.net.cookies import CookieJar
from shared.net.dns_pinning import AddressRefused, NameUnknown, Policy, Proxy, Resolver
from shared.net.reading import Extent

Reader = Callable[[Any, str], Fetched]
# Pools, origin, method, target, headers and body to an open response (of urllib3's kind).
Transport = Callable[[Any, tuple[str, int, str], str, str, Mapping[str, str], bytes | None], Any]
WEB_PORTS = frozenset({80, 443})
_DEFAULT_PORTS = {"http:": 80, "https:": 443}
# Credentials stay with the origin they were meant for.
_ORIGIN_BOUND = frozenset({"authorization", "cookie", "proxy-authorization"})


def check_url(url: str, *, allow_private: bool = False, ports: frozenset[int] = WEB_PORTS) -> URL:
    """Parse a URL by WHATWG's rules and check it before any look-up.

    Args:
        ports: allowed ports; any but the denied ones with ``allow_private``.

    Raises:
        FetchError: ``refused``: not a URL, another scheme, user information, a
            forbidden port, or a literal address that is not public.
    """
    try:
        parsed = URL(url)
    except ValueError as error:
        raise FetchError("refused", "not a valid URL") from error
    if parsed.protocol not in _DEFAULT_PORTS:
        raise FetchError("refused", "only http and https are fetched")
    if parsed.username or parsed.password:
        raise FetchError("refused", "the URL holds user information")
    port = port_of(parsed)
    if port in settings().fetch_denied_ports or not (allow_private or port in ports):
        raise FetchError("refused", f"port {port} is not allowed")
    host = parsed.hostname.strip("[]")
    if ":" in host or re.fullmatch(r"[0-9.]+", host):
        try:
            allowed = is_allowed(ip_address(host), allow_private)
        except ValueError as error:
            raise FetchError("refused", "not a valid address") from error
        if not allowed:
            raise FetchError("refused", "the address is not public")
    return parsed


def port_of(url: URL) -> int:
    """Return the URL's port, or its scheme's."""
    return int(url.port) if url.port else _DEFAULT_PORTS[url.protocol]


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    max_bytes: int = 1_000_000,
    truncate: bool = False,
    partial_body: bool = False,
    head_after: int | None = None,
    timeout_s: float = 10.0,
    max_redirects: int = 5,
    allow_private: bool = False,
    ports: frozenset[int] = WEB_PORTS,
    accept: tuple[str, ...] | None = None,
    on_redirect: Callable[[str], None] | None = None,
    cookies: CookieJar | None = None,
    resolver: Resolver | None = None,
    proxy: Proxy | None = None,
    transport: Transport | None = None,
) -> Fetched:
    """Make one request and read its answer.

    Args:
        max_bytes: of the decoded body; more is ``too_large``, or cut off with ``truncate``.
        partial_body: take what arrived of a body that breaks off or meets the deadline.
        head_after: stop reading behind this many bytes once the HTML's head is over.
        timeout_s: for everything together, redirects and slow bodies included.
        max_redirects: 0 returns a redirect as the answer.
        allow_private: loopback and private networks (local stack only).
        accept: media types (or prefixes such as ``text/``) whose bodies are read, by
            header or, where browsers do so, by content; other bodies are not.
        on_redirect: gets each next URL and may raise to stop there.
        cookies: jar to go on with; by default, redirects share a new one.
        resolver: in place of the system's.
        proxy: sends the requests; its address is checked and pinned instead of the targets',
            which it resolves in its own network.
        transport: makes the requests on the pinned connections; by default urllib3 alone.

    Raises:
        FetchError: see its kinds. Exceptions of ``on_redirect`` pass through.
    """
    policy = Policy(resolver or dns_pinning.resolve, allow_private, time.monotonic() + timeout_s)
    sent = {"accept-encoding": "gzip, deflate"}
    sent |= {name.lower(): value for name, value in (headers or {}).items()}
    extent = Extent(max_bytes, truncate, partial_body, accept, head_after)
    read = partial(reading.read, extent=extent)
    jar = CookieJar() if cookies is None else cookies
    redirects: list[str] = []
    while True:
        target = check_url(url, allow_private=allow_private, ports=ports)
        headers_now = _with_cookies(sent, jar, url)
        with dns_pinning.under(policy, proxy) as manager:
            answer = _exchange(
                manager, target, method, headers_now, body, read, transport or dns_pinning.request
            )
        jar.store(target.href, answer.headers.get("set-cookie", ""))
        onward = answer.location if max_redirects else None
        if onward is None:
            return replace(answer, redirects=tuple(redirects))
        if len(redirects) >= max_redirects:
            raise FetchError("too_many_redirects", f"more than {max_redirects} redirects")
        if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):
            method, body = "GET" if method != "HEAD" else "HEAD", None
            sent.pop("content-type", None)
        if check_url(onward, allow_private=allow_private, ports=ports).origin != target.origin:
            sent = {name: value for name, value in sent.items() if name not in _ORIGIN_BOUND}
        if on_redirect is not None:
            on_redirect(onward)
        redirects.append(target.href)
        url = onward


def _with_cookies(headers: dict[str, str], jar: CookieJar, url: str) -> dict[str, str]:
    stored = jar.header(url)
    given = headers.get("cookie", "")
    return {**headers, "cookie": f"{given}; {stored}" if given else stored} if stored else headers


def _exchange(
    manager: Any,
    url: URL,
    method: str,
    headers: dict[str, str],
    body: bytes | None,
    read: Reader,
    transport: Transport,
) -> Fetched:
    response, finished = None, False
    try:
        target = (url.pathname or "/") + url.search
        origin = (url.hostname, port_of(url), url.protocol[:-1])
        sent = {**headers, "host": url.host}
        response = transport(manager, origin, method, target, sent, body)
        # A connection whose answer ends with it is gone once the body is read.
        peer = "" if manager.proxy else dns_pinning.peer_of(response)
        finished = not (answer := read(response, url.href)).truncated
        return replace(answer, exchange=_exchanged(sent, response, peer))
    except AddressRefused as error:
        raise FetchError("refused", "the host has an address that is not public") from error
    except NameUnknown as error:
        raise FetchError("dns", "the host name does not resolve") from error
    except (exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
        raise _translated(error) from error
    finally:
        if response is not None:
            # A connection with unread bytes cannot carry another request.
            (response.release_conn if finished else response.close)()


def _exchanged(sent: Mapping[str, str], response: Any, peer: str) -> Exchange:
    version = {10: "HTTP/1.0"}.get(response.version, "HTTP/1.1")
    status_line = f"{version} {response.status} {response.reason or ''}".rstrip()
    return Exchange(tuple(sent.items()), status_line, tuple(response.headers.iteritems()), peer)


def _translated(error: Exception) -> FetchError:
    """Return the kind of a lower-level failure.

    urllib3 wraps socket errors in its own.
    """
    inner = error.args[-1] if error.args else None
    cause = inner if isinstance(inner, OSError) else error
    match cause:
        case exceptions.SSLError() | PlainSSLError():
            return FetchError("tls", "the secure connection could not be made")
        case exceptions.TimeoutError() | TimeoutError():
            return FetchError("timeout", "no complete answer in time")
        case OSError():
            return FetchError("connect", "the connection failed")
    return FetchError("http", "the answer is not valid HTTP")
