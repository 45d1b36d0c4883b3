"""Chalice's own commands work inside each app: `chalice local`."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.domain import APPS, domains
from scripts.process import free_ports, stop, wait_until
from scripts.provision import provision_all
from scripts.stack import Stack, embedded_aws

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(900)]

DOMAINS = domains()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with embedded_aws(tmp_path_factory.mktemp("state")) as running:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in running.environment().items():
                patch.setenv(name, value)
            provision_all(running.endpoint_url)
        yield running


@pytest.mark.parametrize("domain", DOMAINS)
def test_chalice_local_serves_an_app(domain: str, stack: Stack) -> None:
    port = free_ports(1)[0]
    path = {"users": "/.well-known/jwks.json"}.get(domain, "/2/nothing-here")
    process = subprocess.Popen(
        [
            str(Path(sys.executable).with_name("chalice")),
            "local",
            "--no-autoreload",
            "--port",
            str(port),
        ],
        cwd=APPS / domain,
        env={**os.environ, **stack.environment(), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    status: list[int] = []

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                status.append(answer.status)
                if domain == "users":
                    assert json.load(answer)["keys"]
        except urllib.error.HTTPError as error:
            status.append(error.code)
        except OSError:
            return False
        return True

    try:
        assert wait_until(answers, 60, process=process)
    finally:
        stop([process], 10)
    assert status == ([200] if domain == "users" else [403])
