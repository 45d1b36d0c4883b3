"""Needs of X's clients: people with developer apps, and the TLS front."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.e2e.conftest import ROOT, RunningPlatform

PASSWORD = "correct horse battery staple"
# Ids as in the sources of the clients' own tests.
ROWS = Path(__file__).parent / "clients" / "rows.jsonl"


@dataclass(frozen=True)
class Developer:
    """A person with an app and its tokens, as in X's developer portal."""

    id: str
    username: str
    app: dict[str, Any]
    own: dict[str, Any]

    def tokens(self) -> dict[str, str]:
        """The OAuth 1.0a tokens by the names of tweepy's arguments."""
        names = ("consumer_key", "consumer_secret")
        mine = ("access_token", "access_token_secret")
        return {n: self.app[n] for n in names} | {n: self.own[n] for n in mine}


def post(url: str, path: str, body: Any, token: str = "") -> Any:
    """Return the data of an answer."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer = requests.post(f"{url}{path}", json=body, headers=headers, timeout=20)
    assert answer.status_code < 300, answer.text
    return answer.json()["data"]


def developer(url: str, username: str) -> Developer:
    """Register somebody and make an app with tokens."""
    body = {
        "username": username, "name": username.title(), "email": f"{username}@example.com",
        "password": PASSWORD,
    }  # fmt: skip
    return with_app(url, post(url, "/1/accounts", body)["id"], username)


def with_app(url: str, user_id: str, username: str) -> Developer:
    """Make an app with tokens for somebody who is there."""
    token = post(url, "/1/sessions", {"login": username, "password": PASSWORD})["access_token"]
    callback = "http://127.0.0.1:9999/callback"
    body = {"name": f"{username} bot", "redirect_uris": [callback]}
    app = post(url, "/1/apps", body, token)
    return Developer(user_id, username, app, post(url, f"/1/apps/{app['id']}/tokens", {}, token))


def import_rows(running: RunningPlatform) -> None:
    """Import what the clients' own tests name, with `make import`'s command."""
    command = [sys.executable, "-m", "scripts.fixtures.command", "import", str(ROWS)]
    done = subprocess.run(
        [*command, "--url", running.url], cwd=ROOT, text=True, capture_output=True, check=False,
        env={**os.environ, "ROOKERY_STATE": str(running.state)}, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert " rows imported, " in done.stdout


@contextmanager
def tls_front(running: RunningPlatform) -> Iterator[dict[str, str]]:
    """Run the TLS front; yield the environment that leads clients there."""
    environment = {**os.environ, "ROOKERY_STATE": str(running.state)}
    command = [sys.executable, "-m", "scripts.gateway.tls_front"]
    process = subprocess.Popen(
        [*command, "--gateway", str(running.port), "--port", "0"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    proxy = ""
    while not proxy:
        line = process.stdout.readline()
        assert line, "the TLS front ended"
        proxy = line.partition("HTTPS_PROXY=")[2].strip()
    authority = str(Path(running.state, "tls", "ca.pem"))
    try:
        yield {
            "HTTPS_PROXY": proxy, "REQUESTS_CA_BUNDLE": authority, "SSL_CERT_FILE": authority,
            "NODE_EXTRA_CA_CERTS": authority, "NODE_USE_ENV_PROXY": "1", "NO_PROXY": "127.0.0.1",
        }  # fmt: skip
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert "Traceback" not in process.stderr.read()
