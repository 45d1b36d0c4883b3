"""The platform as users start it, on free ports with a state of its own."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from scripts.base.process import free_ports

# A page may wait that long for what it shows; a busy machine is no failure.
expect.set_options(timeout=20_000)
ROOT = Path(__file__).resolve().parents[2]


class RunningPlatform:
    """A platform in processes of its own."""

    def __init__(self, state: Path, seed: bool = False) -> None:
        self.state, self.port = state, free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self.seed = seed
        self.log = state / "run.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "PORT": str(self.port),
            "ROOKERY_STATE": str(self.state),
            "ROOKERY_SEED": "1" if self.seed else "0",
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "scripts.local.run"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.2)
        raise AssertionError(f"the platform did not start:\n{self.log.read_text()}")

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


# Not for the whole session: it takes a tenth of a core while nobody uses it.
@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    platform = RunningPlatform(tmp_path_factory.mktemp("running"))
    platform.start()
    try:
        yield platform
    finally:
        if platform.process is not None and platform.process.poll() is None:
            platform.stop()
