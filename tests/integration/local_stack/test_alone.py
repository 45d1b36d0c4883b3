"""`DOMAINS=… make run`: one domain, and an API key or an access token."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from scripts.base.domain import APPS
from scripts.base.process import free_ports, spawn, stop, wait_until
from scripts.deploy.package import CHALICE_COMMAND
from scripts.emulator.stack import read_env_file
from shared.base.clock import parse_iso
from tests.integration.crawler.crawler_support import Site

pytestmark = pytest.mark.integration


class Alone:
    """One domain in processes of its own."""

    def __init__(self, domain: str, place: Path) -> None:
        self.url = f"http://127.0.0.1:{(port := free_ports(1)[0])}"
        self.log, self.state = place / "run.log", place / "state"
        environment = {
            **os.environ,
            "DOMAINS": domain,
            "PORT": str(port),
            "ROOKERY_STATE": str(self.state),
            "PYTHONUNBUFFERED": "1",
        }
        with self.log.open("wb") as out:
            command = [sys.executable, "-m", "scripts.local.run"]
            self.process = spawn(command, env=environment, log=out)

    @property
    def key(self) -> str | None:
        token = self.state / "token"
        if token.is_file():
            return token.read_text().strip() or None
        found = re.search(r"rk_\S+", self.log.read_text())
        return found[0] if found else None

    def ring(self, subject: str, due_at: str) -> None:
        """Queue a digest's timer, as at its hour."""
        found = read_env_file(self.state)
        sqs = boto3.client(
            "sqs",
            endpoint_url=found["AWS_ENDPOINT_URL"],
            region_name=found["AWS_DEFAULT_REGION"],
            aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
        )
        url = sqs.get_queue_url(QueueName="rookery-dev-notifications-due")["QueueUrl"]
        message = {"kind": "digest", "subject": subject, "due_at": parse_iso(due_at)}
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message))

    def call(
        self, method: str, path: str, body: Any = None, key: str | None = None, url: str = ""
    ) -> tuple[int, Any]:
        request = urllib.request.Request(
            (url or self.url) + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "authorization": f"Bearer {key or self.key}",
                "content-type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")


@pytest.fixture
def alone(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Alone]:
    # A damaged store of an earlier run, whose accounts are not served now.
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "contacts.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    running = Alone(request.param, tmp_path)
    yield running
    stop([running.process], 30)


@contextmanager
def chalice_local(alone: Alone, domain: str) -> Iterator[str]:
    """Serve a domain by `chalice local` in its folder; gives its address."""
    port = free_ports(1)[0]
    process = subprocess.Popen(
        [sys.executable, str(CHALICE_COMMAND), "local", "--no-autoreload", "--port", str(port)],
        cwd=APPS / domain,
        env={**os.environ, **read_env_file(alone.state), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop([process], 10)


@pytest.mark.parametrize("alone", ["crawler"], indirect=True)
def test_the_crawler_crawls_without_the_other_domains(alone: Alone, site: Site) -> None:
    assert wait_until(lambda: alone.key is not None, 90), alone.log.read_text()
    order = {"url": f"{site.url}/p/1", "allow_private": True, "max_pages": 5}
    assert wait_until(lambda: alone.call("GET", "/healthz")[0] == 200, 60)
    assert alone.call("GET", "/healthz")[1]["domains"] == {"crawler": "ok"}
    assert alone.call("GET", "/1/crawls", key="nonsense")[0] == 401

    def crawled(url: str) -> bool:
        status, answer = alone.call("POST", "/1/crawls", order, url=url)
        assert status == 202, answer
        path = f"/1/crawls/{answer['data']['id']}"
        found: dict[str, Any] = {}

        def ended() -> bool:
            found.update(alone.call("GET", path, url=url)[1]["data"])
            return found["status"] != "running"

        assert wait_until(ended, 60), found
        return (found["status"], found["stats"]["fetched"]) == ("finished", 5)

    assert crawled(alone.url)
    # The same by the command of Chalice's users; events are those of `make run`.
    with chalice_local(alone, "crawler") as url:

        def answers() -> bool:
            try:
                return alone.call("GET", "/1/crawls", url=url)[0] == 200
            except OSError:
                return False

        assert wait_until(answers, 60)
        assert crawled(url)
    assert set(site.fetched_paths().values()) == {2}


@pytest.mark.parametrize("alone", ["notifications"], indirect=True)
def test_an_outside_caller_needs_no_other_domain(alone: Alone) -> None:
    assert wait_until(lambda: alone.key is not None, 90), alone.log.read_text()
    status, health = alone.call("GET", "/healthz")
    assert (status, health["domains"]) == (200, {"notifications": "ok"})
    assert "contacts.db is damaged: set aside as damaged-" in alone.log.read_text()
    # Whenever the accounts are served again, they are published.
    assert (alone.state / "contacts-lost").exists()
    made = {"name": "shop", "scopes": ["notifications.write"]}
    status, answer = alone.call("POST", "/1/api_keys", made)
    assert status == 201, answer
    key = answer["data"]["key"]
    assert alone.call("PUT", "/1/contacts/ada", {"email": "ada@example.org"}, key)[0] == 200
    body = {"to": "ada", "content": {"title": "Tea", "text": "It is ready."}}
    status, answer = alone.call("POST", "/1/notifications", body, key)
    assert status == 202, answer
    path = f"/1/notifications/{answer['data']['id']}"
    assert wait_until(
        lambda: alone.call("GET", path, key=key)[1]["data"]["status"] == "delivered", 60
    )
    mails = alone.call("GET", "/1/dev/outbox?to=ada@example.org")[1]["data"]
    assert [one["subject"] for one in mails] == ["Tea"]
    # Also in a digest, whose lines look for actors where there are users.
    digest = {"digest": {"frequency": "hourly"}}
    assert alone.call("PUT", "/1/contacts/ada/preferences", digest, key)[0] == 200
    _, answer = alone.call("POST", "/1/notifications", body, key)
    path = f"/1/notifications/{answer['data']['id']}"

    def waiting() -> list[Any]:
        found: list[Any] = alone.call("GET", path, key=key)[1]["data"]["deliveries"]
        return [one for one in found if one["state"] == "digested"]

    assert wait_until(lambda: bool(waiting()), 60)
    alone.ring(f"email/contact:{key[3:19]}:ada", waiting()[0]["due_at"])
    outbox = "/1/dev/outbox?to=ada@example.org"
    assert wait_until(lambda: len(alone.call("GET", outbox)[1]["data"]) == 2, 60)
    subjects = {one["subject"] for one in alone.call("GET", outbox)[1]["data"]}
    assert subjects == {"1 notification since your last digest", "Tea"}
    status, document = alone.call("GET", "/openapi.json")
    assert status == 200
    assert "/1/notifications" in document["paths"]
    assert "/2/tweets" not in document["paths"]
    # Nobody is known here: neither as a recipient nor as a caller.
    assert alone.call("POST", "/1/notifications", {**body, "to": "17"}, key)[0] == 404
    assert alone.call("GET", "/1/notifications", key="nonsense")[0] == 401
