"""`make deploy DOMAIN=notifications` in an empty account."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.base.process import ROOT, wait_until
from scripts.deploy import stacks
from scripts.deploy.account import Account, connect
from scripts.deploy.command import Deployment, app_stack
from scripts.deploy.provision import verify_sender
from scripts.deploy.status import api_url
from scripts.emulator.stack import MAIL_FROM, embedded_aws
from tests.bundles import HOST, bundles
from tests.deploy.world import STAGE, hand_over_permissions

pytestmark = pytest.mark.integration

NAMES = ["notifications"]


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("AWS_"):
                patch.delenv(name)
        settings = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "ROOKERY_LOCAL": "1",
            "ROOKERY_ENFORCE_IAM": "1",
            "STAGE": STAGE,
            "MAIL_FROM": MAIL_FROM,
            "PUBLIC_URL": "http://127.0.0.1:1",
            "CONTACTS_URL": f"sqlite:///{tmp_path / 'contacts.db'}",
        }
        for name, value in settings.items():
            patch.setenv(name, value)
        with embedded_aws(tmp_path / "state", keep=False) as stack:
            patch.setenv("AWS_ENDPOINT_URL", stack.endpoint_url)
            patch.setenv("ACCOUNT_ID", "0" * 12)
            yield connect()
        hand_over_permissions(tmp_path / "state" / "aws" / "iam.jsonl")


def call(url: str, method: str, path: str, key: str, body: Any = None) -> tuple[int, Any]:
    request = urllib.request.Request(
        url + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def test_notifications_work_without_the_other_domains(
    account: Account, tmp_path_factory: pytest.TempPathFactory
) -> None:
    built = {name: bundles(tmp_path_factory, STAGE, HOST)[name] for name in NAMES}
    said: list[str] = []
    run = Deployment(account, STAGE, say=said.append)
    assert run.resources(NAMES) and run.apps(built), said
    verify_sender()
    made = subprocess.run(
        [sys.executable, "-m", "scripts.ops.api_key", "operator", "--aws"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    key = made.stdout.split()[-1]
    standing = stacks.describe(account, app_stack("notifications", STAGE))
    assert standing is not None
    address = api_url(account, standing)
    assert address is not None
    url = address.rstrip("/")
    put = call(url, "PUT", "/1/contacts/ada", key, {"email": "ada@example.org"})
    assert put[0] == 200, put
    body = {"to": "ada", "content": {"title": "Tea", "text": "It is ready."}}
    status, answer = call(url, "POST", "/1/notifications", key, body)
    assert status == 202, answer
    path = f"/1/notifications/{answer['data']['id']}"
    assert wait_until(
        lambda: call(url, "GET", path, key)[1]["data"]["status"] == "delivered", 90, interval=0.5
    ), call(url, "GET", path, key)
    assert call(url, "GET", "/1/admin/dead_letters", key)[0] == 200
