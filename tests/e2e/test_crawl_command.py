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

from scripts.base.domain import load_app
from scripts.base.process import ROOT
from tests.integration.crawler.crawler_support import Site

load_app("crawler")
from chalicelib.crawler.core.limits import TURN_PAGES

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


def test_a_crawl_that_was_killed_goes_on(site: Site, tmp_path: Path) -> None:
    """The server's log tells what was fetched, whatever the crawler says."""
    state, file = tmp_path / "state", tmp_path / "pages.csv"
    site.delay = 0.05
    most = TURN_PAGES + 20
    first = command(site.url, "--allow-private", "--max-pages", str(most), state=state)
    assert first.stderr is not None
    run_id = next(line for line in first.stderr if "crawl " in line).split()[-1]
    # Its first turn is over, and the second one at work.
    deadline = time.monotonic() + 60
    while len(site.fetched_paths()) < TURN_PAGES + 8:
        assert time.monotonic() < deadline and first.poll() is None
        time.sleep(0.02)
    first.kill()
    first.communicate(timeout=60)
    site.delay = 0
    before = site.fetched_paths()
    again = command("--resume", run_id, "--export", str(file), state=state)
    _, err = again.communicate(timeout=200)
    assert again.returncode == 0, err
    assert "finished (max_pages)" in err
    with file.open(newline="") as rows:
        listed = [row["url"].removeprefix(site.url) for row in csv.DictReader(rows)]
    assert len(listed) == len(set(listed)) == most
    # The site wants two pages more than once, and closes one by robots.txt.
    odd = {"/flaky", "/down", "/private/page"}
    hits = site.fetched_paths()
    assert "/private/page" not in hits
    assert set(hits) - odd == set(listed) - odd
    twice = {path for path, times in hits.items() if times > 1} - odd
    # Of the pages fetched before, only those of the turn that was cut off come again.
    assert twice <= set(before)
    assert len(before) - len(twice) >= TURN_PAGES - 3
    assert max(hits[path] for path in set(hits) - odd) <= 2
