"""All simulators in one event loop, on two ports: APNs and the others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from scripts.base.process import LOOPBACK, free_ports
from scripts.providers.apns import Apns
from scripts.providers.credentials import Credentials, prepare
from scripts.providers.events import Publish
from scripts.providers.faulty import answer
from scripts.providers.fcm import Fcm
from scripts.providers.journal import Journal
from scripts.providers.ses import Ses
from scripts.providers.sms import Sms
from scripts.providers.web_push import WebPush


def environment(credentials: Credentials, apns_port: int, port: int) -> dict[str, str]:
    """Return the domains' variables that lead to simulators on two ports."""
    url = f"http://{LOOPBACK}:{port}"
    return {
        **credentials.environment(),
        "APNS_URL": f"https://{LOOPBACK}:{apns_port}",
        "FCM_URL": f"{url}/fcm",
        "FCM_TOKEN_URL": f"{url}/token",
        "WEB_PUSH_ALLOW_PRIVATE": "1",
        "AWS_ENDPOINT_URL_SESV2": url,
        "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": url,
    }


class Simulators:
    """See the module.

    Args:
        folder: of keys and certificates.
        ses_url: the embedded SES that mails are passed on to.
        journal: one that keeps more than the last messages.
    """

    def __init__(
        self,
        folder: Path,
        ses_url: str,
        publish: Publish | None = None,
        ports: tuple[int, int] | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.journal = journal or Journal()
        self.credentials = prepare(folder)
        self.apns = Apns(self.journal, self.credentials)
        self.fcm = Fcm(self.journal, self.credentials)
        self.sms = Sms(self.journal, publish)
        self.ses = Ses(self.journal, ses_url, publish)
        self.web_push = WebPush(self.journal)
        self.apns_port, self.port = ports or tuple(free_ports(2))
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.web_push.base = self.url
        self.fcm.token_url = f"{self.url}/token"

    def environment(self) -> dict[str, str]:
        """Return the domains' variables that lead to the simulators."""
        return environment(self.credentials, self.apns_port, self.port)

    async def serve(self, stop: asyncio.Event, ready: threading.Event | None = None) -> None:
        """Serve until ``stop`` is set."""
        app = web.Application(client_max_size=16 << 20)
        for simulator in (self.fcm, self.sms, self.ses, self.web_push):
            app.add_routes(simulator.routes())
        app.add_routes(
            [web.get("/_sent", self._sent), web.post("/_faults/{provider}", self._faults)]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, LOOPBACK, self.port).start()
        apns = await self.apns.start(self.apns_port)
        if ready is not None:
            ready.set()
        try:
            await stop.wait()
        finally:
            apns.close()
            await self.apns.close()
            await self.ses.close()
            await runner.cleanup()

    async def _sent(self, request: web.Request) -> web.Response:
        query = request.query
        return answer(200, {"data": self.journal.sent(query.get("channel"), query.get("to"))})

    async def _faults(self, request: web.Request) -> web.Response:
        """Take a list of faults for the next requests of a provider."""
        self.journal.script(request.match_info["provider"], await request.json())
        return answer(204)


@contextmanager
def running(
    folder: Path,
    ses_url: str,
    publish: Publish | None = None,
    journal: Journal | None = None,
) -> Iterator[Simulators]:
    """Run the simulators in a thread, for tests."""
    simulators = Simulators(folder, ses_url, publish, journal=journal)
    stop, ready = asyncio.Event(), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await simulators.serve(stop, ready)

    def run() -> None:
        asyncio.run(serve())

    thread = threading.Thread(target=run, name="providers", daemon=True)
    thread.start()
    try:
        if not ready.wait(20):
            raise RuntimeError("the simulators do not start")
        yield simulators
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(10)
