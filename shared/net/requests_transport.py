"""Requests by the package ``requests``, on pinned connections.

The package gets what it is good at, sessions and adapters, and not what would weaken the
policy: it parses no address, keeps no cookies, follows no redirect, reads no environment and
decodes no body. Connections, deadlines and checks are those of `shared.net.dns_pinning`.
"""

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from urllib3 import PoolManager
from urllib3.exceptions import ProtocolError

from shared.net import dns_pinning
from shared.net.dns_pinning import DIED

if TYPE_CHECKING:
    from requests import Session


class _State(threading.local):
    session: "Session | None" = None
    manager: PoolManager | None = None


_state = _State()


def request(
    manager: PoolManager,
    origin: tuple[str, int, str],
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes | None,
) -> Any:
    """Send one request, and read the head; as `dns_pinning.request`.

    Raises:
        AddressRefused, NameUnknown. urllib3's HTTPError, OSError: what requests wraps.
    """
    if _state.session is None:
        _state.session = _session()
    _state.manager = manager
    try:
        return _sent(_state.session, origin, method, target, headers, body)
    except ProtocolError as error:
        # A kept-alive connection may die just when it is used again: retry on a new one.
        died = error.args[1:] and isinstance(error.args[1], DIED)
        if not died or method not in ("GET", "HEAD"):
            raise
        return _sent(_state.session, origin, method, target, headers, body)
    finally:
        _state.manager = None


def _sent(
    session: "Session",
    origin: tuple[str, int, str],
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes | None,
) -> Any:
    from requests import PreparedRequest, RequestException
    from requests.cookies import RequestsCookieJar
    from requests.hooks import default_hooks
    from requests.structures import CaseInsensitiveDict

    host, port, scheme = origin
    prepared = PreparedRequest()
    prepared.method, prepared.body, prepared.hooks = method, body, default_hooks()
    # Only for messages: the adapter takes origin and target.
    prepared.url = f"{scheme}://{host}:{port}{target}"
    prepared.headers = CaseInsensitiveDict(headers)
    prepared._cookies = RequestsCookieJar()  # type: ignore[attr-defined]
    if body is not None:
        prepared.headers["content-length"] = str(len(body))
    prepared.origin, prepared.target = origin, target  # type: ignore[attr-defined]
    try:
        answer = session.send(
            prepared, stream=True, allow_redirects=False, proxies={},
            timeout=dns_pinning.remaining(),
        )  # fmt: skip
    except RequestException as error:
        inner = error.args[0] if error.args else None
        if isinstance(inner, Exception):
            raise inner from error
        raise
    return answer.raw


def _session() -> "Session":
    from http.cookiejar import DefaultCookiePolicy

    from requests import Session
    from requests.adapters import HTTPAdapter

    class PinnedAdapter(HTTPAdapter):
        """Adapter that takes connections of the running request's pools."""

        def init_poolmanager(self, *_: Any, **__: Any) -> None:
            # Errors come as they are, and are retried by nobody else.
            self.max_retries = False  # type: ignore[assignment]

        def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
            assert _state.manager is not None, "outside of `request`"
            return _state.manager.connection_from_host(*request.origin)

        def request_url(self, request: Any, proxies: Any) -> str:
            del proxies
            assert _state.manager is not None, "outside of `request`"
            headers, target = dns_pinning.for_proxy(
                _state.manager, request.origin, request.target, {}
            )
            request.headers.update(headers)
            return target

        def cert_verify(self, *_: Any, **__: Any) -> None:
            """Do nothing: the pools' context verifies, whatever the environment says."""

    session = Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers.clear()
    for scheme in ("http://", "https://"):
        session.mount(scheme, PinnedAdapter())
    return session
