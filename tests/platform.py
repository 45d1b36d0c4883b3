"""The whole platform in one process, on a real embedded AWS.

For integration tests and the bench.

Requests go through the routing table and Chalice's own gateway emulation;
events through the real streams, topics and queues, driven by the pumps.
"""

import json
import math
import os
import re
import secrets
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.base.domain import domains, load_app
from scripts.checks import permissions
from scripts.deploy.provision import provision_all
from scripts.emulator.stack import Stack, embedded_aws
from scripts.gateway.app_server import AppGateway
from scripts.gateway.routes import RouteTable
from scripts.providers import simulators
from scripts.pump.pump import Pump, settle
from shared.base.process import process
from shared.contracts import profiles
from tests.answers import AnswerCheck

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass
class Person:
    """A registered user with a session."""

    id: str
    username: str
    email: str
    token: str
    platform: "Platform" = field(repr=False)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.platform.call(method, path, body, token=self.token, **headers)

    def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.call(method, path, body, **headers)
        assert answer.status < 300, (method, path, answer.status, answer.body[:600])
        return answer.json()

    def tweet(self, text: str, **members: Any) -> str:
        tweet_id: str = self.ok("POST", "/2/tweets", {"text": text, **members})["data"]["id"]
        return tweet_id

    def follow(self, other: "Person") -> None:
        self.ok("POST", f"/2/users/{self.id}/following", {"target_user_id": other.id})

    def home(self, query: str = "") -> list[str]:
        path = f"/2/users/{self.id}/timelines/reverse_chronological{query}"
        return [tweet["id"] for tweet in self.ok("GET", path).get("data", [])]


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Hash passwords cheaply: tests register a thousand users."""
    from chalicelib.users.accounts.passwords import PasswordCost

    with process.limited(PasswordCost(memory_kib=64, rounds=1)):
        yield


@contextmanager
def no_statistics() -> Iterator[None]:
    """Leave the channels' counts unwritten.

    Which batch writes them would be luck, and other tests count writes.
    """
    from chalicelib.notifications.history.statistics import StatisticsLimits

    with process.limited(StatisticsLimits(seconds=math.inf)):
        yield


class Platform:
    """See the module."""

    # Of mails, pushes and text messages.
    providers: simulators.Simulators

    def __init__(self, stack: Stack, state: Path, checks_answers: bool) -> None:
        self.stack, self.state = stack, state
        self.modules = {domain: load_app(domain) for domain in domains()}
        self.gateways = {domain: AppGateway(m.app) for domain, m in self.modules.items()}
        self.routes = RouteTable.load()
        apps = (module.app for module in self.modules.values())
        self.answers = AnswerCheck(
            (endpoint for app in apps for endpoint in app.endpoints),
            os.environ.get(permissions.VARIABLE),
        )
        self.checks_answers = checks_answers
        self.pumps = [
            Pump(
                *(module.app, module, domain, state),
                retry_base=0,
                idle_seconds=20,
                wait_seconds=20,
                schedules=False,
                sole_writer=True,
                ask_depths=stack.queue_depths,
            )
            for domain, module in self.modules.items()
        ]

    @classmethod
    @contextmanager
    def start(cls, state: Path, *, checks_answers: bool = False) -> Iterator["Platform"]:
        """Run the platform.

        Args:
            checks_answers: hold every answer against the schema of its route.
        """
        with (
            ThreadPoolExecutor(len(domains())) as stoppers,
            embedded_aws(state, keep=False) as stack,
            simulators.running(state / "providers", stack.endpoint_url) as providers,
        ):
            os.environ.update({**stack.environment(), **providers.environment()})
            os.environ["RATE_LIMIT_MULTIPLIER"] = "1000"
            # Tests post "x" again and again; those of duplicates turn their refusal on.
            os.environ["DUPLICATE_SECONDS"] = "0"
            process.restart()
            provision_all(stack.endpoint_url)
            running = cls(stack, state, checks_answers)
            running.providers = providers
            for pump in running.pumps:
                pump.start()
            try:
                with no_statistics():
                    yield running
            finally:
                # They wait for their long polls, which end with the emulator.
                for pump in running.pumps:
                    stoppers.submit(pump.stop, drain=False)

    def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> Answer:
        """One request; ``body`` may be bytes, a JSON value or ``None``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            named["authorization"] = f"Bearer {token}"
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        if raw:
            named.setdefault("content-type", "application/json")
        named["content-length"] = str(len(raw))
        domain = self.routes.domain(path.partition("?")[0])
        if domain not in self.gateways:
            return Answer(404, {}, b"{}")
        status, pairs, content = self.gateways[domain].answer(method, path, named, raw)
        answer = Answer(status, {name.lower(): value for name, value in pairs}, content)
        if self.checks_answers:
            self.answers.check(method, path, status, answer.headers, content)
        return answer

    @contextmanager
    def unchecked(self) -> Iterator[None]:
        """Leave answers unchecked, where what a request costs is measured."""
        before, self.checks_answers = self.checks_answers, False
        try:
            yield
        finally:
            self.checks_answers = before

    def settle(self, timeout: float = 90) -> None:
        """Wait until every stream and queue has been empty at one moment."""
        settle(self.pumps, timeout)
        profiles.CARDS.clear()

    def mails(self, address: str) -> list[dict[str, Any]]:
        """Mails that SES took for an address, newest first."""
        url = f"{self.stack.endpoint_url}/_ministack/ses/messages"
        with urllib.request.urlopen(url) as answer:
            everything = json.load(answer)["messages"]
        found = [m for account in everything.values() for m in account if address in m["To"]]
        return sorted(found, key=lambda mail: mail["Timestamp"], reverse=True)

    def register(self, username: str | None = None, *, verify: bool = False) -> Person:
        """Register (and verify) a user and log in."""
        username = username or f"u{secrets.token_hex(5)}"
        email = f"{username.lower()}@example.com"
        account = {
            "username": username, "name": username.title(), "email": email, "password": PASSWORD,
        }  # fmt: skip
        answer = self.call("POST", "/1/accounts", account)
        assert answer.status == 201, answer.body
        if verify:
            self.settle()
            token = re.search(r"token=(\S+)", self.mails(email)[0]["BodyText"])
            assert token is not None
            checked = self.call("POST", "/1/accounts/verify", {"token": token[1]})
            assert checked.status == 200, checked.body
        login = {"login": username, "password": PASSWORD}
        session = self.call("POST", "/1/sessions", login)
        assert session.status == 201, session.body
        return Person(
            answer.json()["data"]["id"], username, email, session.json()["data"]["access_token"],
            self,
        )  # fmt: skip
