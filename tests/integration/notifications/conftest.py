"""The notifications domain alone, on an embedded AWS of its own."""

import json
import os
from types import SimpleNamespace

import pytest
from chalice.test import Client

from scripts.base.domain import load_app
from scripts.checks.permissions import API, running
from scripts.deploy.provision import apply_template, templates, verify_sender
from scripts.emulator.stack import embedded_aws
from scripts.pump.pump import Pump
from shared.auth import authentication
from shared.auth.authentication import Principal
from shared.auth.scopes import ALL_SCOPES
from shared.base.config import settings
from shared.base.process import process
from tests.platform import no_statistics


def forget_settings():
    process.restart()


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    saved = dict(os.environ)
    with embedded_aws(tmp_path_factory.mktemp("state"), keep=False) as running:
        os.environ.clear()
        wanted = {**saved, **running.full_environment("http://127.0.0.1:8000")}
        # A platform of other tests in this process has simulators of its own.
        os.environ.update(
            {k: v for k, v in wanted.items() if not k.startswith("AWS_ENDPOINT_URL_")}
        )
        forget_settings()
        found = templates()
        apply_template("events", found["events"], stage="dev")
        for domain in ("users", "tweets", "notifications"):
            apply_template(domain, found[domain], stage="dev")
        verify_sender()
        yield running
    os.environ.clear()
    os.environ.update(saved)
    forget_settings()


@pytest.fixture(scope="module")
def module(stack):
    process.reset()
    loaded = load_app("notifications")
    with no_statistics():
        yield loaded
    process.reset()


@pytest.fixture
def pump(module, tmp_path):
    """Run handlers as on Lambda, in more threads, retried at once."""
    many = {
        settings().name("notifications", queue): 6
        for queue in ("events", "inbox", "email", "audiences", "due")
    }
    with Pump(
        module.app, module, "notifications", tmp_path,
        concurrency=many, retry_base=0, wait_seconds=1,
    ) as running:  # fmt: skip
        yield running


@pytest.fixture
def api(module, monkeypatch):
    """Call routes as a user: the token is ``<user id>:<role>``."""

    def principal(token, *, writes=False):
        user_id, _, role = token.partition(":")
        return Principal(
            user_id, "client", frozenset(ALL_SCOPES), frozenset({role or "user"}), "s", 0, 2**40
        )

    monkeypatch.setattr(authentication, "verify_token", principal)

    def call(method, path, token, body=None, **headers):
        with running("notifications", API), Client(module.app) as client:
            answer = client.http.request(
                method,
                path,
                headers={
                    "Authorization": f"Bearer {token}",
                    "Content-Type": "application/json",
                    **headers,
                },
                body=json.dumps(body).encode() if body is not None else b"",
            )
        parsed = json.loads(answer.body) if answer.body else None
        return SimpleNamespace(status=answer.status_code, body=parsed)

    return call
