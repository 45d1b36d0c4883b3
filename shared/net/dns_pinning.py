"""Connections of urllib3 to allowed addresses only, within a deadline.

The name is resolved once and the socket connects to one of the very addresses
that were checked: a second answer from the resolver (DNS rebinding) cannot
redirect it. Host header and SNI keep the name.
"""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from urllib3 import PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ProtocolError

from shared.base.process import Cache, process
from shared.net.addresses import is_allowed
from shared.net.heads import LenientResponse

# (family, type, protocol, canonical name, socket address), as getaddrinfo gives them.
AddressInfo = tuple[Any, Any, int, str, Any]
Resolver = Callable[[str, int], list[AddressInfo]]

_CONNECT_SECONDS = 5.0
# Hosts with open connections, and idle connections per host: as many as a worker of web push
# calls at once. Threads share them, so that a host's pages use one connection whichever thread
# asks for them.
_POOLS, _IDLE = 64, 10
_MANAGERS = 16
DIED = (ConnectionResetError, BrokenPipeError)


class AddressRefused(Exception):
    """Host that resolves to a forbidden address."""


class NameUnknown(Exception):
    """Host that does not resolve."""


@dataclass(frozen=True)
class Policy:
    """Policy for the connections of the running request.

    Attributes:
        resolver: host and port to socket addresses.
        allow_private: loopback and private networks are allowed.
        deadline: `time.monotonic()` at which every socket call fails.
    """

    resolver: Resolver
    allow_private: bool
    deadline: float


@dataclass(frozen=True)
class Proxy:
    """A proxy, whose own address is pinned like any other.

    Attributes:
        url: ``http://host:port``, without user information.
        authorization: value of ``Proxy-Authorization``, if the proxy asks for it.
    """

    url: str
    authorization: str | None = None


class _State(threading.local):
    policy: Policy | None = None


_state = _State()
_managers: Cache[tuple[bool, Proxy | None], PoolManager] = process.cache(_MANAGERS)


def resolve(host: str, port: int) -> list[AddressInfo]:
    """Resolve by the system, with the timeouts of ``RES_OPTIONS``."""
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


@contextmanager
def under(policy: Policy, proxy: Proxy | None = None) -> Iterator[PoolManager]:
    """Bind the thread to a policy for a block, and give it connection pools.

    Connections stay alive between blocks, separately for each value of
    ``allow_private`` and each proxy; a custom resolver gets pools of its own.
    """
    if policy.resolver is not resolve:
        manager = _manager(proxy)
    else:
        key = (policy.allow_private, proxy)
        manager = _managers.get(key) or _managers.put(key, _manager(proxy))
    previous, _state.policy = _state.policy, policy
    try:
        yield manager
    finally:
        _state.policy = previous


def remaining() -> float:
    """Return the seconds until the running request's deadline.

    Raises:
        TimeoutError: it has passed.
    """
    assert _state.policy is not None, "outside of `under`"
    left = _state.policy.deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


class _DeadlineSocket(socket.socket):
    """Socket whose every wait ends at the request's deadline.

    A plain timeout starts anew with each byte, so a server that drips its
    answer could hold a request for hours.
    """

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(remaining())
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self.settimeout(remaining())
        super().sendall(*args, **kwargs)


class _DeadlineTlsSocket(ssl.SSLSocket):
    """The same for TLS; the handshake uses the timeout of connecting."""

    def read(self, *args: Any, **kwargs: Any) -> Any:
        self.settimeout(remaining())
        return super().read(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(remaining())
        return super().send(*args, **kwargs)


def _connect(host: str, port: int) -> socket.socket:
    policy = _state.policy
    assert policy is not None, "outside of `under`"
    try:
        answers = policy.resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise NameUnknown(host) from error
    if not answers:
        raise NameUnknown(host)
    # One forbidden address is enough to refuse: an attacker chooses the order.
    for answer in answers:
        if not is_allowed(ipaddress.ip_address(answer[4][0]), policy.allow_private):
            raise AddressRefused(host)
    failure: OSError | None = None
    for family, kind, protocol, _, address in answers:
        sock = _DeadlineSocket(family, kind, protocol)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(min(_CONNECT_SECONDS, remaining()))
            sock.connect(address)
            sock.settimeout(remaining())
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    assert failure is not None
    raise failure


class _Connection(HTTPConnection):
    response_class = LenientResponse
    peer = ""

    def _new_conn(self) -> socket.socket:
        sock = _connect(self._dns_host, self.port)
        self.peer = str(sock.getpeername()[0])
        return sock


class _TlsConnection(HTTPSConnection):
    response_class = LenientResponse
    peer = ""

    def _new_conn(self) -> socket.socket:
        sock = _connect(self._dns_host, self.port)
        self.peer = str(sock.getpeername()[0])
        return sock


def peer_of(response: Any) -> str:
    """Return the address of the server that sends an open response."""
    return str(getattr(response.connection, "peer", ""))


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


@process.lasting
def tls_context() -> ssl.SSLContext:
    """Load the certificates, once per process: it takes tens of milliseconds."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.sslsocket_class = _DeadlineTlsSocket
    return context


def _manager(proxy: Proxy | None) -> PoolManager:
    options: dict[str, Any] = {
        "num_pools": _POOLS, "maxsize": _IDLE, "ssl_context": tls_context(),
        "cert_reqs": "CERT_REQUIRED",
    }  # fmt: skip
    manager: PoolManager
    if proxy is None:
        manager = PoolManager(**options)
    else:
        given = {"proxy-authorization": proxy.authorization} if proxy.authorization else None
        manager = ProxyManager(proxy.url, proxy_headers=given, **options)
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return manager


def request(
    manager: PoolManager,
    origin: tuple[str, int, str],
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes | None,
) -> Any:
    """Send one request and read the head of its answer.

    Args:
        origin: host, port and scheme.
        target: path and query as they stand in the request line.

    Raises:
        AddressRefused, NameUnknown: see `Policy`. urllib3's HTTPError, OSError.
    """
    pool = manager.connection_from_host(*origin)
    headers, target = for_proxy(manager, origin, target, headers)
    arguments: dict[str, Any] = {
        "headers": headers,
        "body": body,
        "retries": False,
        "redirect": False,
        "assert_same_host": False,
        "preload_content": False,
        "decode_content": False,
    }
    try:
        return pool.urlopen(method, target, timeout=remaining(), **arguments)
    except ProtocolError as error:
        # A kept-alive connection may die just when it is used again: retry on a new one.
        died = error.args[1:] and isinstance(error.args[1], DIED)
        if not died or method not in ("GET", "HEAD"):
            raise
        return pool.urlopen(method, target, timeout=remaining(), **arguments)


def for_proxy(
    manager: PoolManager, origin: tuple[str, int, str], target: str, headers: Mapping[str, str]
) -> tuple[Mapping[str, str], str]:
    """Headers and request line of a plain request, which a proxy gets whole."""
    if manager.proxy is None or origin[2] != "http":
        return headers, target
    host, port, scheme = origin
    given = getattr(manager, "proxy_headers", {})
    return {**headers, **given}, f"{scheme}://{host}:{port}{target}"
