"""A crawl's WARC files replayed by pywb, with the index of the command.

pywb is in an environment of its own, which `make test-full` makes.
"""

import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.base.process import ROOT, free_ports, stop, wait_until
from tests.e2e.test_crawl_command import command
from tests.integration.crawler.crawler_support import Site

pytestmark = pytest.mark.e2e
WAYBACK = Path(os.environ.get("WAYBACK") or ROOT / ".venv-stack" / "replay" / "bin" / "wayback")
COLLECTION = """
collections:
  crawl:
    index_paths: {index}
    archive_paths: {archives}
enable_auto_fetch: false
"""


@pytest.fixture
def site() -> Iterator[Site]:
    running = Site()
    yield running
    running.close()


def replayed(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.skipif(not WAYBACK.is_file(), reason="pywb is not installed: make test-full")
def test_pywb_replays_a_crawl(site: Site, tmp_path: Path) -> None:
    out = tmp_path / "out"
    crawl = command(
        f"{site.url}/p/1", "--allow-private", "--max-pages", "6", "--warc", str(out),
        state=tmp_path / "state",
    )  # fmt: skip
    _, err = crawl.communicate(timeout=90)
    assert crawl.returncode == 0, err
    pages = site.fetched_paths()
    # The site is gone: what is seen now comes out of the archive.
    site.close()
    (index,) = out.glob("*.cdxj")
    (tmp_path / "config.yaml").write_text(COLLECTION.format(index=index, archives=f"{out}/"))
    port = free_ports(1)[0]
    with (tmp_path / "pywb.log").open("wb") as log:
        wayback = subprocess.Popen(
            [str(WAYBACK), "--port", str(port), "--bind", "127.0.0.1"],
            cwd=tmp_path, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        home = f"http://127.0.0.1:{port}"

        def serves() -> bool:
            try:
                return replayed(home)[0] == 200
            except OSError:
                return False

        assert wait_until(serves, 60, process=wayback), (tmp_path / "pywb.log").read_text()
        for path in pages:
            # `id_`: the page as it was archived.
            status, body = replayed(f"{home}/crawl/2id_/{site.url}{path}")
            assert (status, body) == (200, site.page(path).encode()), path
        assert replayed(f"{home}/crawl/2id_/{site.url}/p/39")[0] == 404
    finally:
        stop([wayback], 10)
