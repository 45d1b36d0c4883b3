"""TLS front for clients that insist on X's host names.

It is an HTTPS proxy for four names and nothing else. A client that was told
``HTTPS_PROXY`` asks it to CONNECT to ``api.x.com:443``; it answers with TLS
under a certificate of the local authority and passes what is inside on to the
gateway, which knows the names too. It never connects to anything but the
gateway, and listens on loopback only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import ssl
import sys
from pathlib import Path

from scripts.base.process import LOOPBACK, state_directory
from scripts.gateway.routes import FRONT_NAMES
from scripts.gateway.tls_authority import prepare

log = logging.getLogger("rookery.tls")

NAMES = tuple(sorted(FRONT_NAMES))
# A CONNECT with its headers; and how long one may take to send it, and the handshake.
HEAD_BYTES = 16 * 1024
HEAD_SECONDS = 10.0
# Longer than the gateway keeps an idle connection.
IDLE_SECONDS = 120.0
CHUNK = 64 * 1024


class Front:
    """The proxy.

    Args:
        gateway: port of the gateway on loopback.
        folder: where the authority lives.
    """

    def __init__(self, gateway: int, folder: Path) -> None:
        self.gateway = gateway
        self.certificates = prepare(folder, NAMES)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._tls.set_alpn_protocols(["http/1.1"])
        self._tls.load_cert_chain(self.certificates.chain, self.certificates.key)
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> int:
        """Listen on loopback; returns the port (0 asks for any)."""
        self._server = await asyncio.start_server(self._serve, LOOPBACK, port, limit=HEAD_BYTES)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await self._connected(reader, writer):
                await self._relay(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # The other side went away, or never spoke HTTP or TLS: there is nobody to tell.
            log.debug("connection ended")
        except asyncio.CancelledError:
            # The front ends while a client keeps its connection: no error of anybody's.
            log.debug("connection ended by us")
        finally:
            writer.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer the CONNECT and begin TLS; False when it was refused."""
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
        method, _, rest = head.split(b"\r\n", 1)[0].decode("latin-1").partition(" ")
        name, _, port = rest.partition(" ")[0].lower().rpartition(":")
        if method != "CONNECT":
            await _refuse(writer, "405 Method Not Allowed", "This is a proxy for CONNECT only.")
            return False
        if name not in FRONT_NAMES or port != "443":
            names = ", ".join(NAMES)
            await _refuse(writer, "403 Forbidden", f"This proxy leads to {names} only.")
            return False
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        await writer.start_tls(self._tls, ssl_handshake_timeout=HEAD_SECONDS)
        return True

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on in both directions until either side ends."""
        inner, outer = await asyncio.open_connection(LOOPBACK, self.gateway)
        ways = [
            asyncio.create_task(_pump(reader, outer)),
            asyncio.create_task(_pump(inner, writer)),
        ]
        try:
            _, pending = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in pending:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        finally:
            outer.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while chunk := await asyncio.wait_for(source.read(CHUNK), IDLE_SECONDS):
        sink.write(chunk)
        await sink.drain()


async def _refuse(writer: asyncio.StreamWriter, status: str, words: str) -> None:
    body = f"{words}\n".encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: text/plain\r\nconnection: close\r\n"
    writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()


def banner(port: int, authority: Path) -> str:
    """Shell commands that lead clients through this front."""
    proxy = f"http://{LOOPBACK}:{port}"
    return f"""
TLS front for {", ".join(NAMES)}: {proxy}   (Ctrl-C ends it)

  export HTTPS_PROXY={proxy}
  export NO_PROXY={LOOPBACK},localhost
  export REQUESTS_CA_BUNDLE={authority} SSL_CERT_FILE={authority}                  # Python
  export NODE_EXTRA_CA_CERTS={authority} NODE_USE_ENV_PROXY=1                      # Node.js
"""


async def serve(gateway: int, port: int, state: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    front, stop = Front(gateway, state / "tls"), asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    bound = await front.start(port)
    print(banner(bound, front.certificates.authority.resolve()), flush=True)
    await stop.wait()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(front.stop(), 2)


def main() -> int:
    """Command line: ``--gateway PORT --port PORT``."""
    gateway = int(os.environ.get("PORT") or 8000)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gateway", type=int, default=gateway)
    port = int(os.environ.get("TLS_PORT") or gateway + 443)
    parser.add_argument("--port", type=int, default=port)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        asyncio.run(serve(options.gateway, options.port, state_directory()))
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
