"""Domains that die are restarted with back-off; others end the platform."""

import json
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from scripts.base import restarts
from scripts.base.process import LOOPBACK, free_ports
from scripts.emulator.runlock import RunLock, all_was_saved
from scripts.local.control import stop_running
from scripts.local.disk import look_at_disk
from scripts.local.run import Platform
from scripts.local.supervisor import LONGEST_PAUSE, LocalError, Supervisor

# A module that prints something and ends.
ENDS = "this"


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    found = Supervisor(tmp_path)
    found.environment = dict(os.environ)
    return found


def die(supervisor: Supervisor) -> Any:
    child = supervisor.children[0]
    child.process.wait()
    return child


def test_pauses_double_up_to_a_limit_and_are_counted(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor.spawn("tweets", ENDS, again=True)
    for number in range(1, 8):
        child = die(supervisor)
        before = child.process.pid
        supervisor.revive()
        supervisor.check(restarts=None)
        assert restarts.read(tmp_path) == {"tweets": number}
        # Not before its time.
        supervisor.revive()
        assert child.process.pid == before
        child.due = child.began
        supervisor.revive()
        assert child.process.pid != before
        assert not child.due
    said = capsys.readouterr().out
    assert [f"in {pause} s" in said for pause in (1, 2, 4, 8, 16, 30)] == [True] * 6
    assert "tweets ended unexpectedly (exit code 0)" in said
    assert child.pause == LONGEST_PAUSE
    # A quiet minute is forgiven.
    die(supervisor).began -= 61
    supervisor.revive()
    assert capsys.readouterr().out.count("in 1 s") == 1
    supervisor.stop()
    assert restarts.read(tmp_path) == {}


def test_one_that_may_not_be_started_again_ends_everything(supervisor: Supervisor) -> None:
    supervisor.spawn("gateway", ENDS)
    die(supervisor)
    with pytest.raises(LocalError, match="gateway ended unexpectedly"):
        supervisor.watch()


def test_one_that_keeps_dying_at_the_start_ends_everything(supervisor: Supervisor) -> None:
    supervisor.spawn("tweets", ENDS, again=True)
    with pytest.raises(LocalError, match="tweets ended unexpectedly"):
        die(supervisor)
        supervisor.check()
    for _ in range(3):
        before = die(supervisor).process.pid
        supervisor.tend(restarts=3)
        supervisor.children[0].due = supervisor.began
        supervisor.tend(restarts=3)
        assert supervisor.children[0].process.pid != before
    die(supervisor)
    with pytest.raises(LocalError, match="tweets ended unexpectedly"):
        supervisor.tend(restarts=3)


def test_a_domain_that_dies_at_the_start_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ROOKERY_SEED", raising=False)
    (port,) = free_ports(1)
    platform = Platform(tmp_path, port)
    platform.environment = dict(os.environ)
    platform.spawn("tweets", ENDS, again=True)
    child = die(platform)

    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer that all is well once the domain was started again."""
            child.due = platform.began
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"status": "ok" if began != child.began else ""}).encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with HTTPServer((LOOPBACK, port), Gateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        began = child.began
        platform._wait_for_health()
        child.process.wait()
        # No demo data can be made with such a gateway; that does not end the platform either.
        platform._seed()
        server.shutdown()
    assert child.restarts >= 2
    platform.stop()


@pytest.mark.parametrize(("free", "says"), [(200, None), (199, "only 199 MB"), (50, "only 50 MB")])
def test_little_room_on_the_disk_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, says: str | None
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free << 20))
    warning = look_at_disk(tmp_path)
    assert warning is None if says is None else says in str(warning)


def test_without_room_on_the_disk_nothing_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=(50 << 20) - 1))
    with pytest.raises(LocalError, match=r"only 49 MB are free .* 50 MB are needed"):
        Platform(tmp_path, *free_ports(1)).start()


def test_the_directory_is_its_owners_alone_and_tells_how_the_last_run_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").mkdir(mode=0o755)
    (tmp_path / "logs" / "old.log").write_text("x")
    (tmp_path / "logs" / "old.log").chmod(0o644)
    (tmp_path / "elsewhere").symlink_to("/")
    tmp_path.chmod(0o755)
    mask = os.umask(0o022)
    try:
        with RunLock(tmp_path) as lock:
            assert lock.was_clean
            (tmp_path / "new").write_text("x")
            lock.all_saved = False
    finally:
        os.umask(mask)
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in (tmp_path, *tmp_path.rglob("*"))
        if not path.is_symlink()
    }
    assert modes == {tmp_path.name: 0o700, "logs": 0o700, "old.log": 0o600, "new": 0o600,
                     "run.pid": 0o600}  # fmt: skip
    assert not all_was_saved(tmp_path)
    (tmp_path / "run.pid").write_text("4711")
    mask = os.umask(0o022)
    try:
        with RunLock(tmp_path) as lock:
            assert not lock.was_clean
    finally:
        os.umask(mask)
    assert all_was_saved(tmp_path)
    assert stop_running(tmp_path) == 0
    assert "nothing is running" in capsys.readouterr().out
