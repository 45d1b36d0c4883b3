"""Starting, stopping and starting again."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.e2e.conftest import ROOT, RunningPlatform
from tests.e2e.test_main_job import Api, eventually, register

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-lifecycle")]


def processes_of(state: Path) -> list[str]:
    """Command lines of processes that name the state directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
            if f"ROOKERY_STATE={state}".encode() in environment:
                found.append((entry / "cmdline").read_bytes().decode())
        except OSError:
            continue
    return found


def test_data_survives_a_restart_and_nothing_is_left_running(tmp_path: Path) -> None:
    platform = RunningPlatform(tmp_path)
    platform.start()
    api = register(platform.url, "keeper")
    me = api("GET", "/2/users/me")["data"]["id"]
    kept = api("POST", "/2/tweets", json={"text": "still here"})["data"]["id"]
    assert platform.stop() == 0
    assert processes_of(tmp_path) == []
    platform.start()
    session = Api(platform.url)(
        "POST", "/1/sessions", json={"login": "keeper", "password": "correct horse battery staple"}
    )
    api = Api(platform.url, session["data"]["access_token"])
    tweets = api("GET", f"/2/users/{me}/tweets")["data"]
    assert [tweet["id"] for tweet in tweets] == [kept]
    # The old token too: the signing key is the same.
    eventually(lambda: api("GET", "/2/users/me")["data"]["id"] == me)

    # A taken port: one clear line, not zero, and the running platform goes on.
    second = subprocess.run(
        [sys.executable, "-m", "scripts.local.run"],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "PORT": str(platform.port),
            "ROOKERY_STATE": str(tmp_path / "other"),
        },
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert second.returncode != 0
    assert str(platform.port) in second.stdout + second.stderr
    assert "Traceback" not in second.stderr
    assert processes_of(tmp_path / "other") == []
    assert requests.get(f"{platform.url}/healthz", timeout=10).status_code == 200
    assert platform.stop() == 0
