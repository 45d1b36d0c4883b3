"""`rookery-crawl` as a process of its own, on an embedded AWS of its own."""

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from scripts.base.process import ROOT
from tests.integration.crawler.crawler_support import Site

pytestmark = pytest.mark.e2e
COMMAND = ROOT / "scripts" / "crawl" / "rookery-crawl"


class Broken(Site):
    """A site with one page that is missing."""

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        return super().answer("/missing" if path == "/p/1" else path)


@pytest.fixture
def site() -> Iterator[Site]:
    running = Broken()
    yield running
    running.close()


def command(*arguments: str, state: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(COMMAND), *arguments, "--state", str(state)],
        cwd=state.parent,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_crawl_is_paused_by_ctrl_c_and_resumed(site: Site, tmp_path: Path) -> None:
    state, file = tmp_path / "state", tmp_path / "pages.csv"
    site.delay = 0.1
    # Written by the call that ends it.
    wanted = ("--warc", str(tmp_path / "out"), "--export", str(file))
    first = command(site.url, "--allow-private", "--max-pages", "20", *wanted, state=state)
    deadline = time.monotonic() + 60
    while sum(site.fetched_paths().values()) < 4:
        assert time.monotonic() < deadline and first.poll() is None
        time.sleep(0.02)
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=60)
    assert first.returncode == 130, err
    said = err
    run_id = err.partition("--resume ")[2].split()[0]
    before = sum(site.fetched_paths().values())
    assert before < 30
    site.delay = 0
    assert not file.exists()
    again = command("--resume", run_id, "--max-pages", "30", state=state)
    _, err = again.communicate(timeout=90)
    assert again.returncode == 0, err
    assert "finished (max_pages): 29 fetched, 1 failed" in err
    assert (said + err).count(f"failed {site.url}/p/1: http_404\n") == 1
    assert set(site.fetched_paths().values()) == {1}
    with file.open(newline="") as rows:
        paths = {row["url"].removeprefix(site.url) for row in csv.DictReader(rows)}
    assert paths == set(site.fetched_paths())
    bodies = {}
    (archive,) = (tmp_path / "out").glob("*.warc.gz")
    with archive.open("rb") as records:
        for record in ArchiveIterator(records, check_digests="raise"):
            if record.rec_type == "response":
                url = record.rec_headers.get_header("WARC-Target-URI").removeprefix(site.url)
                bodies[url] = record.content_stream().read()
    assert bodies.keys() == paths
    assert bodies["/p/3"] == site.page("/p/3").encode()
    index = (tmp_path / "out" / f"{run_id}.cdxj").read_text().splitlines()
    assert len(index) == len(paths)
    assert out == ""
