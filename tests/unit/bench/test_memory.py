"""The peak of a process leaves out the process that started it."""

import subprocess
import sys

from scripts.base.process import ROOT

LARGE = 200_000_000
CHILD = "from bench.crawling.ours import peak_mb; print(peak_mb())"


def test_a_large_parent_does_not_count() -> None:
    held = bytearray(LARGE)
    held[::4096] = b"x" * len(range(0, LARGE, 4096))
    done = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert 5 < float(done.stdout) < LARGE / 2**20
