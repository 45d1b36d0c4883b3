"""Chalice's own commands work inside each app: `chalice local` and `chalice deploy`."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.base.domain import APPS, domains
from scripts.base.process import free_ports, stop, wait_until
from scripts.deploy.account import connect
from scripts.deploy.finish import finish
from scripts.deploy.package import copy_of_app
from scripts.deploy.provision import provision_all
from scripts.deploy.wheels import host_architecture
from scripts.emulator.stack import Stack, embedded_aws

pytestmark = [pytest.mark.deploy, pytest.mark.timeout(900)]

DOMAINS = domains()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with embedded_aws(tmp_path_factory.mktemp("state"), keep=False) as running:
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


def test_chalice_deploy_and_finish_make_a_stage(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without packages, which come by pip: that functions run is seen by the deploy test."""
    domain = "notifications"
    project = copy_of_app(domain, host_architecture(), tmp_path)
    environment = {**os.environ, **stack.environment(), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("chalice")), "deploy", "--stage", "dev"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)
    account = connect()
    names = [one["name"] for one in account.client("apigateway").get_rest_apis()["items"]]
    assert names == [f"rookery-{domain}"]
    finish(account, "dev", domain, say=lambda _: None)
    mappings = account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    queues = [one for one in mappings if ":sqs:" in one["EventSourceArn"]]
    streams = [one for one in mappings if "/stream/" in one["EventSourceArn"]]
    assert len(queues) > 3 and len(streams) == 1
    assert all(one["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for one in queues)
    assert streams[0]["FilterCriteria"]["Filters"]
