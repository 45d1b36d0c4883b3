"""`DOMAINS=notifications make run`: one domain and an API key."""

import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.base.process import free_ports, spawn, stop, wait_until

pytestmark = pytest.mark.integration


class Alone:
    """Notifications in processes of their own."""

    def __init__(self, place: Path) -> None:
        self.url = f"http://127.0.0.1:{(port := free_ports(1)[0])}"
        self.log, self.state = place / "run.log", place / "state"
        environment = {
            **os.environ,
            "DOMAINS": "notifications",
            "PORT": str(port),
            "ROOKERY_STATE": str(self.state),
            "PYTHONUNBUFFERED": "1",
        }
        with self.log.open("wb") as out:
            command = [sys.executable, "-m", "scripts.local.run"]
            self.process = spawn(command, env=environment, log=out)

    @property
    def key(self) -> str | None:
        found = re.search(r"rk_\S+", self.log.read_text())
        return found[0] if found else None

    def call(
        self, method: str, path: str, body: Any = None, key: str | None = None
    ) -> tuple[int, Any]:
        request = urllib.request.Request(
            self.url + path,
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
def alone(tmp_path: Path) -> Iterator[Alone]:
    # A damaged store of an earlier run, whose accounts are not served now.
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "contacts.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    running = Alone(tmp_path)
    yield running
    stop([running.process], 30)


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
    status, document = alone.call("GET", "/openapi.json")
    assert status == 200
    assert "/1/notifications" in document["paths"]
    assert "/2/tweets" not in document["paths"]
    # Nobody is known here: neither as a recipient nor as a caller.
    assert alone.call("POST", "/1/notifications", {**body, "to": "17"}, key)[0] == 404
    assert alone.call("GET", "/1/notifications", key="nonsense")[0] == 401
