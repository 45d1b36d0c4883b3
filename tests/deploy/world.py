"""A stage deployed to the embedded AWS, and people who use it."""

import asyncio
import http.server
import json
import os
import re
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from chalice.utils import to_cfn_resource_name

from scripts.base.domain import domains
from scripts.base.process import LOOPBACK, free_ports
from scripts.checks import permissions
from scripts.deploy.account import Account
from scripts.deploy.command import app_stack
from scripts.gateway.server import GatewayConfig, make_app
from scripts.local.rehearsal import deployed
from scripts.wiring.declaration import load

PASSWORD = "correct horse battery staple"
DOMAINS = domains()
STAGE = "dev"

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], seconds: float = 150) -> Found:
    """Return the first result of ``look`` (functions start cold)."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"nothing within {seconds} s: {look}"
        time.sleep(0.1)
    return found


@contextmanager
def gateway(account: Account, port: int) -> Iterator[str]:
    """The local gateway's routing in front of the deployed REST APIs."""
    upstreams = deployed(account, STAGE)
    assert set(upstreams) == set(DOMAINS)
    aws_url = account.client("cloudformation").meta.endpoint_url
    loop, started = asyncio.new_event_loop(), threading.Event()

    async def begin() -> web.AppRunner:
        runner = web.AppRunner(make_app(GatewayConfig(port, upstreams, aws_url)), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, LOOPBACK, port).start()
        return runner

    runners: list[web.AppRunner] = []

    def run() -> None:
        asyncio.set_event_loop(loop)
        runners.append(loop.run_until_complete(begin()))
        started.set()
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield f"http://{LOOPBACK}:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(runners[0].cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@dataclass
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


class Platform:
    """The deployed platform, seen from outside."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())

    def ok(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        answer = self.call(method, path, body, token)
        assert answer.status < 300, (method, path, answer.status, answer.body[:800])
        return answer.json()

    def register(self) -> "Person":
        """Register, verify the mailed token and log in."""
        name = f"u{secrets.token_hex(5)}"
        email = f"{name}@example.com"
        account = {"username": name, "name": name.title(), "email": email, "password": PASSWORD}
        identifier = self.ok("POST", "/1/accounts", account)["data"]["id"]
        mails = eventually(lambda: self.ok("GET", f"/1/dev/outbox?to={email}")["data"])
        self.ok("POST", "/1/accounts/verify", {"token": mails[0]["data"]["token"]})
        person = Person(self, identifier, name, "")
        person.log_in()
        return person


@dataclass
class Person:
    """A verified user with a session."""

    platform: Platform
    id: str
    username: str
    token: str

    def log_in(self) -> None:
        login = {"login": self.username, "password": PASSWORD}
        answer = self.platform.ok("POST", "/1/sessions", login)
        self.token = answer["data"]["access_token"]

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        return self.platform.ok(method, path, body, self.token)

    def home(self) -> list[str]:
        answer = self.ok("GET", f"/2/users/{self.id}/timelines/reverse_chronological")
        return [tweet["text"] for tweet in answer.get("data", [])]


@contextmanager
def site(pages: int) -> Iterator[str]:
    """A small web site: a root that links to its pages."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = re.fullmatch(r"/(?:p(\d+))?", self.path)
            links = "".join(f'<a href="/p{n}">{n}</a>' for n in range(pages))
            body = f"<title>Page</title>{links}".encode() if found else b""
            self.send_response(200 if found else 404)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer((LOOPBACK, free_ports(1)[0]), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def function_of(account: Account, domain: str, logical: str) -> str:
    """The real name of a deployed function."""
    answer = account.client("cloudformation").describe_stack_resource(
        StackName=app_stack(domain, STAGE), LogicalResourceId=logical
    )
    return str(answer["StackResourceDetail"]["PhysicalResourceId"])


def logged(account: Account, function: str) -> list[str]:
    """Log lines of a function."""
    try:
        answer = account.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")
    except account.client("logs").exceptions.ResourceNotFoundException:
        return []
    return [event["message"] for event in answer["events"]]


def copy_of(built: dict[str, Path], domain: str, place: Path) -> Path:
    """A copy of a packaged app, to be changed; its bundle's path."""
    place.mkdir(parents=True)
    for path in built[domain].parent.iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    return place / built[domain].name


def hand_over_permissions(log_file: Path) -> None:
    """Add the calls of deployed functions to the recorded ones."""
    directory = os.environ.get(permissions.VARIABLE)
    if not directory:
        return
    roles = {
        f"{domain}-{to_cfn_resource_name(one.name)}Role".lower(): (domain, one.name)
        for domain in DOMAINS
        for one in load(domain).handlers
    }
    roles |= {f"{domain}-ApiHandlerRole".lower(): (domain, permissions.API) for domain in DOMAINS}
    calls = []
    for line in log_file.read_text().splitlines():
        arn, action, resource, decision = json.loads(line)
        role = arn.split(":assumed-role/")[1].partition("/")[0].lower()
        function = next((found for name, found in roles.items() if name in role), None)
        if function and decision == "Allow" and not action.startswith("logs:"):
            # A call that knows no resources names all: "*".
            named = resource.split(":", 5)[-1]
            # The emulator is asked about a key by its alias (scripts/emulator/functions.py).
            if action.startswith("kms:"):
                named = named.replace("key/", "alias/", 1)
            calls.append((*function, action, named))
    permissions.note(Path(directory), calls)
