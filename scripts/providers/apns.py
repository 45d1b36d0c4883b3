"""Simulator of APNs: HTTP/2 over TLS.

Like Apple's, it allows one stream until the first push of a connection is answered, and
checks the provider token. Device tokens that begin with ``dead`` are unregistered.

Faults: ``status`` with ``reason``, ``timestamp`` and ``retry_after``; ``stall`` (seconds);
``hold`` (until the journal's ``released`` is set);
``split`` and ``empty`` (DATA frames of the answer); ``refuse`` (REFUSED_STREAM);
``goaway`` (below the stream); ``cut`` (the connection, after the push was taken).
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from scripts.base.process import LOOPBACK
from scripts.providers.credentials import KEY_ID, TEAM_ID, TOPIC, Credentials
from scripts.providers.journal import Fault, Journal

STREAMS = 1000
_TOKEN_SECONDS = 3600


@dataclass
class _Stream:
    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)


class Apns:
    """The server; ``tokens`` are the provider tokens that it saw."""

    def __init__(self, journal: Journal, credentials: Credentials) -> None:
        self.journal = journal
        self.tokens: set[str] = set()
        self.connections = 0
        self._talks: set[asyncio.Task[None]] = set()
        self._key = ECKey.import_key(credentials.apns_key.read_text())
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(credentials.certificate, credentials.certificate_key)
        self._tls.set_alpn_protocols(["h2"])

    async def start(self, port: int) -> asyncio.Server:
        """Listen on a loopback port."""
        return await asyncio.start_server(self._accept, LOOPBACK, port, ssl=self._tls)

    async def close(self) -> None:
        """End all connections."""
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.ensure_future(self._serve(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        talk = _Talk(self, writer)
        try:
            while data := await reader.read(65_536):
                talk.receive(data)
        except (ConnectionError, ProtocolError, ssl.SSLError):
            return
        finally:
            for task in talk.tasks:
                task.cancel()
            writer.close()

    def answer(self, stream: _Stream, fault: Fault) -> tuple[int, dict[str, Any]]:
        """Judge a push; returns status and body, and notes what is taken."""
        self.tokens.add(stream.headers.get("authorization", ""))
        if "status" in fault:
            told = {name: fault[name] for name in ("reason", "timestamp") if name in fault}
            return int(fault["status"]), told
        device = stream.headers[":path"].rpartition("/")[2]
        refused = self._refused(stream)
        if refused:
            return 403, {"reason": refused}
        if stream.headers.get("apns-topic") != TOPIC:
            return 400, {"reason": "TopicDisallowed"}
        if len(stream.body) > 4096:
            return 413, {"reason": "PayloadTooLarge"}
        if device.startswith("dead"):
            return 410, {"reason": "Unregistered", "timestamp": int(time.time() * 1000)}
        payload = json.loads(stream.body)
        alert = payload["aps"]["alert"]
        kept = {name: one for name, one in stream.headers.items() if name.startswith("apns-")}
        self.journal.note(
            "ios",
            device,
            title=alert["title"],
            text=alert["body"],
            url=payload.get("url"),
            id=stream.headers["apns-id"],
            headers=kept,
        )
        return 200, {}

    def _refused(self, stream: _Stream) -> str | None:
        kind, _, token = stream.headers.get("authorization", "").partition(" ")
        if kind != "bearer":
            return "MissingProviderToken"
        try:
            found = jwt.decode(token, self._key, algorithms=["ES256"])
        except (JoseError, ValueError):
            return "InvalidProviderToken"
        if found.header.get("kid") != KEY_ID or found.claims.get("iss") != TEAM_ID:
            return "InvalidProviderToken"
        if time.time() - int(found.claims["iat"]) > _TOKEN_SECONDS:
            return "ExpiredProviderToken"
        return None


class _Talk:
    """One connection."""

    def __init__(self, server: Apns, writer: asyncio.StreamWriter) -> None:
        self._server, self._writer = server, writer
        self._h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._h2.local_settings[SettingCodes.MAX_CONCURRENT_STREAMS] = 1
        self._streams: dict[int, _Stream] = {}
        self._warm = False
        self.tasks: set[asyncio.Task[None]] = set()
        self._h2.initiate_connection()
        self._flush()

    def receive(self, data: bytes) -> None:
        for event in self._h2.receive_data(data):
            if isinstance(event, RequestReceived):
                self._streams[event.stream_id] = _Stream(
                    {str(name): str(value) for name, value in event.headers}
                )
            elif isinstance(event, DataReceived):
                self._streams[event.stream_id].body += event.data
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamReset):
                self._streams.pop(event.stream_id, None)
            elif isinstance(event, StreamEnded):
                task = asyncio.create_task(self._respond(event.stream_id))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
        self._flush()

    async def _respond(self, number: int) -> None:
        stream = self._streams.pop(number)
        fault = self._server.journal.next_fault("apns")
        if fault.get("refuse"):
            self._h2.reset_stream(number, ErrorCodes.REFUSED_STREAM)
            return self._flush()
        if fault.get("goaway"):
            self._h2.close_connection(ErrorCodes.NO_ERROR, last_stream_id=max(number - 2, 0))
            self._flush()
            return self._writer.close()
        if fault.get("stall"):
            await asyncio.sleep(float(fault["stall"]))
        while fault.get("hold") and not self._server.journal.released.is_set():
            await asyncio.sleep(0.02)
        status, body = self._server.answer(stream, fault)
        if fault.get("cut"):
            return self._writer.transport.abort()
        headers = [(":status", str(status)), ("apns-id", stream.headers.get("apns-id", ""))]
        if "retry_after" in fault:
            headers.append(("retry-after", str(fault["retry_after"])))
        try:
            self._send(number, headers, json.dumps(body).encode() if body else b"", fault)
        except ProtocolError:
            # The client has given the stream up.
            return None
        return self._flush()

    def _send(self, number: int, headers: list[tuple[str, str]], body: bytes, fault: Fault) -> None:
        in_frames = bool(body) or bool(fault.get("empty"))
        self._h2.send_headers(number, headers, end_stream=not in_frames)
        if in_frames:
            if fault.get("empty"):
                self._h2.send_data(number, b"")
            parts = [body[at : at + 1] for at in range(len(body))] if fault.get("split") else [body]
            for part in parts:
                self._h2.send_data(number, part)
            self._h2.send_data(number, b"", end_stream=True)
        if not self._warm:
            self._warm = True
            self._h2.update_settings({SettingCodes.MAX_CONCURRENT_STREAMS: STREAMS})

    def _flush(self) -> None:
        if data := self._h2.data_to_send():
            self._writer.write(data)
