"""`make run`: it runs once, stops cleanly and leaves no orphans."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from typing import Any

import pytest

from scripts.base.domain import domains
from scripts.base.process import free_ports, spawn, stop, wait_until

pytestmark = pytest.mark.integration


@pytest.fixture
def run_platform(tmp_path: Any) -> Any:
    """Start `make run` on a free port; nothing of it outlives the test."""
    started: list[Any] = []
    state = tmp_path / "state"

    def start(port: Any = None) -> Any:
        port = port or free_ports(1)[0]
        environment = {**os.environ, "PORT": str(port), "ROOKERY_STATE": str(state)}
        log = tmp_path / f"run-{len(started)}.log"
        with log.open("wb") as out:
            process = spawn(
                [sys.executable, "-m", "scripts.local.run"],
                env={**environment, "ROOKERY_SEED": "0", "PYTHONUNBUFFERED": "1"},
                log=out,
            )
        started.append(process)
        return process, port, log

    yield start
    stop(started, 30)


def healthy(port: Any) -> Any:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return json.load(answer)["status"] == "ok"
    except (OSError, ValueError):
        return False


def children(pid: Any) -> Any:
    command = ["ps", "-o", "pid=", "--ppid", str(pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return [int(one) for one in listed.stdout.split()]


def alive(pid: Any) -> Any:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(not domains(), reason="no domain has an app")
def test_the_platform_runs_once_stops_cleanly_and_leaves_no_orphans(
    run_platform: Any, tmp_path: Any
) -> None:
    first, port, log = run_platform()
    assert wait_until(lambda: healthy(port), 90, process=first), log.read_text()
    second, _, complaint = run_platform()
    assert second.wait(30) == 1
    assert "already runs" in complaint.read_text()
    first.terminate()
    assert first.wait(40) == 0
    assert "had to kill" not in log.read_text()
    flags = [json.loads(one.read_text())["dirty"] for one in (tmp_path / "state").glob("check*/*")]
    assert flags
    assert not any(flags)

    again, port, log = run_platform(port)
    assert wait_until(lambda: healthy(port), 90, process=again), log.read_text()
    offspring = children(again.pid)
    assert len(offspring) >= 3
    again.kill()
    again.wait()
    assert wait_until(lambda: not any(map(alive, offspring)), 40)


def test_a_taken_port_is_named(run_platform: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process, _, log = run_platform(port)
        assert process.wait(30) == 1
    assert f"port {port} is in use" in log.read_text()
    assert children(process.pid) == []
