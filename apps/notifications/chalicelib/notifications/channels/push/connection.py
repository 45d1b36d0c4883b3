"""The HTTP/2 connection to APNs, for many pushes at once."""

import asyncio
import time
from typing import TYPE_CHECKING

from chalicelib.notifications.core.message import TransientFailure

from shared.base.observability import logger

if TYPE_CHECKING:
    from httpx import AsyncClient, Response

# Further attempts at a push whose connection broke.
REPEATS = 2
CONNECT_SECONDS = 5.0
# Longer than any push may take.
CLOSE_SECONDS = 30


class Connection:
    """Sends pushes over one connection; used by one event loop alone.

    The first push of a connection goes alone: APNs allows a single stream until then.
    """

    def __init__(self, url: str, authority: str | bool) -> None:
        self._url, self._authority = url.rstrip("/"), authority
        self._client: AsyncClient | None = None
        self._open = False
        self._opening = asyncio.Lock()
        self._answered_at = 0.0
        self._closings: set[asyncio.Future[None]] = set()

    async def post(
        self, path: str, body: bytes, headers: dict[str, str], seconds: float
    ) -> "Response":
        """Send a push and return its answer.

        A push whose connection breaks is sent again, with the same ``apns-id``.

        Raises:
            TimeoutError: no answer within ``seconds``.
            TransientFailure: the connection cannot be made, or keeps breaking.
        """
        from httpx import ConnectError, ConnectTimeout, LocalProtocolError, TransportError

        began = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                for repeat in range(REPEATS + 1):
                    client = self._current()
                    try:
                        return await self._send(client, path, body, headers)
                    except (ConnectError, ConnectTimeout) as error:
                        raise TransientFailure(
                            detail="no connection to APNs", unsent=True
                        ) from error
                    except LocalProtocolError:
                        # The connection has no stream left, so nothing was sent.
                        await asyncio.sleep(0.05 * (repeat + 1))
                    except TransportError as error:
                        # It may have been sent; the log counts these.
                        self._drop(client)
                        logger().warning("push repeated", cause=type(error).__name__)
                raise TransientFailure(detail="the connection to APNs keeps breaking")
        except TimeoutError:
            if self._answered_at < began:
                # Nobody has had an answer since: the connection hangs as a whole.
                self._drop(self._client)
            raise

    async def _send(
        self, client: "AsyncClient", path: str, body: bytes, headers: dict[str, str]
    ) -> "Response":
        if not self._open:
            async with self._opening:
                if not self._open:
                    response = await client.post(path, content=body, headers=headers)
                    self._open, self._answered_at = client is self._client, time.monotonic()
                    return response
        response = await client.post(path, content=body, headers=headers)
        self._answered_at = time.monotonic()
        return response

    def _current(self) -> "AsyncClient":
        if self._client is None:
            from ssl import create_default_context

            from httpx import AsyncClient, Limits, Timeout

            verified = (
                create_default_context(cafile=self._authority)
                if isinstance(self._authority, str)
                else True
            )
            self._client = AsyncClient(
                base_url=self._url,
                http1=False,
                http2=True,
                verify=verified,
                trust_env=False,
                # A read timeout of one stream would end the connection of all.
                timeout=Timeout(None, connect=CONNECT_SECONDS),
                limits=Limits(max_connections=1, keepalive_expiry=300),
            )
        return self._client

    def _drop(self, client: "AsyncClient | None") -> None:
        """Let later pushes make a new connection; those on the old one may end."""
        if client is not None and client is self._client:
            self._client, self._open = None, False
            loop = asyncio.get_running_loop()
            loop.call_later(CLOSE_SECONDS, lambda: self._closing(client))

    def _closing(self, client: "AsyncClient") -> None:
        task = asyncio.ensure_future(client.aclose())
        self._closings.add(task)
        task.add_done_callback(self._closings.discard)
