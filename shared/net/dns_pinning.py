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

from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ProtocolError

from shared.base.process import process
from shared.net.addresses import is_allowed
from shared.net.heads import LenientResponse

# (family, type, protocol, canonical name, socket address), as getaddrinfo gives them.
AddressInfo = tuple[Any, Any, int, str, Any]
Resolver = Callable[[str, int], list[AddressInfo]]

_CONNECT_SECONDS = 5.0
_POOLS = 16
_DIED = (ConnectionResetError, BrokenPipeError)


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


class _State(threading.local):
    policy: Policy | None = None
    managers: dict[bool, PoolManager] | None = None


_state = _State()


def resolve(host: str, port: int) -> list[AddressInfo]:
    """Resolve by the system, with the timeouts of ``RES_OPTIONS``."""
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


@contextmanager
def under(policy: Policy) -> Iterator[PoolManager]:
    """Bind the thread's connection pools to a policy for a block.

    Connections stay alive between blocks, separately for each value of
    ``allow_private``; a custom resolver gets pools of its own.
    """
    if policy.resolver is not resolve:
        manager = _manager()
    else:
        if _state.managers is None:
            _state.managers = {}
        if policy.allow_private not in _state.managers:
            _state.managers[policy.allow_private] = _manager()
        manager = _state.managers[policy.allow_private]
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

    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port)


class _TlsConnection(HTTPSConnection):
    response_class = LenientResponse

    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port)


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


def _manager() -> PoolManager:
    manager = PoolManager(
        num_pools=_POOLS, maxsize=1, ssl_context=tls_context(), cert_reqs="CERT_REQUIRED"
    )
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
        died = error.args[1:] and isinstance(error.args[1], _DIED)
        if not died or method not in ("GET", "HEAD"):
            raise
        return pool.urlopen(method, target, timeout=remaining(), **arguments)
