"""Pages, reports and exports of a crawl on the real tables and bucket."""

import csv
import io
import json
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from warcio.archiveiterator import ArchiveIterator

from scripts.crawl import files
from shared.base.process import process
from shared.http.quotas import Quotas
from tests.integration.crawler.crawler_support import PAGES, Site, finished, pages, start
from tests.platform import Person, Platform

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return platform.register(verify=True)


@pytest.fixture(scope="module")
def big(platform: Platform, person: Person) -> Iterator[tuple[Site, str]]:
    """A site and a finished crawl of all of it."""
    site = Site()
    with pytest.MonkeyPatch.context() as patch:
        # Else it waits for its failed pages.
        patch.setattr("chalicelib.crawler.core.limits.RETRY_SECONDS", (0, 0, 0, 0))
        run_id = start(person, site, options={"store": ["warc", "graph"], "text_digest": True})
        finished(platform, person, run_id)
    yield site, run_id
    site.close()


@pytest.mark.parametrize(
    ("sort", "name"),
    [("depth", "depth"), ("-size", "bytes"), ("status", "status_code"), ("-time", "fetched_at")],
)
def test_pages_are_sorted(person: Person, big: tuple[Site, str], sort: str, name: str) -> None:
    rows, token = [], ""
    while True:
        answer = person.ok("GET", f"/1/crawls/{big[1]}/pages?max_results=20&sort={sort}{token}")
        rows += answer["data"]
        if "next_token" not in answer["meta"]:
            break
        token = f"&pagination_token={answer['meta']['next_token']}"
    assert {row["url"] for row in rows} == {row["url"] for row in pages(person, big[1])}
    values = [row[name] for row in rows if name in row]
    assert values == sorted(values, reverse=sort.startswith("-"))
    assert all(name not in row for row in rows[len(values) :])


@pytest.mark.parametrize(
    ("status", "paths"),
    [
        ("failed", {"/missing", "/down"}),
        ("404", {"/missing"}),
        ("5xx", {"/down"}),
        ("skipped", {"/private/page", "/file.pdf"}),
    ],
)
def test_pages_are_filtered(
    person: Person, big: tuple[Site, str], status: str, paths: set[str]
) -> None:
    site, run_id = big
    rows = person.ok("GET", f"/1/crawls/{run_id}/pages?status={status}")["data"]
    assert {row["url"].removeprefix(site.url) for row in rows} == paths
    if status == "failed":
        assert {row["found_on"] for row in rows} == {f"{site.url}/"}


@pytest.mark.parametrize("query", ["sort=colour", "status=6xx", "status=queued", "sort=--url"])
def test_unknown_sorts_and_filters_are_refused(
    person: Person, big: tuple[Site, str], query: str
) -> None:
    assert person.call("GET", f"/1/crawls/{big[1]}/pages?{query}").status == 400


def export(platform: Platform, person: Person, run_id: str, name: str, **more: str) -> bytes:
    asked = person.call("POST", f"/1/crawls/{run_id}/exports", {"name": name, **more})
    assert asked.status == 202, asked.body
    assert asked.json()["data"]["status"] == "pending"
    platform.settle()
    found = person.ok("GET", f"/1/crawls/{run_id}/exports")["data"]
    (entry,) = [one for one in found if one["name"] == name]
    assert entry["status"] == "ready", entry
    assert "url" not in entry
    entry = person.ok("GET", f"/1/crawls/{run_id}/exports/{name}")["data"]
    with urllib.request.urlopen(entry["url"]) as answer:
        content: bytes = answer.read()
    assert len(content) == entry["bytes"]
    return content


def test_exports_are_made_and_downloaded(
    platform: Platform, person: Person, big: tuple[Site, str]
) -> None:
    import pyarrow.parquet

    site, run_id = big
    assert person.ok("GET", f"/1/crawls/{run_id}/exports") == {"meta": {"result_count": 0}}
    listed = {row["url"]: row for row in pages(person, run_id)}
    text = export(platform, person, run_id, "pages.csv").decode()
    rows = {row["url"]: row for row in csv.DictReader(io.StringIO(text))}
    assert rows.keys() == listed.keys()
    assert rows[f"{site.url}/p/3"]["title"] == "Page /p/3"
    assert rows[f"{site.url}/missing"]["status_code"] == "404"
    lines = export(platform, person, run_id, "pages.jsonl").decode().splitlines()
    assert {json.loads(line)["url"] for line in lines} == listed.keys()
    content = export(platform, person, run_id, "pages.parquet")
    table = pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
    assert {row["url"]: row["status_code"] for row in table} == {
        url: row.get("status_code") for url, row in listed.items()
    }
    assert f"<loc>{site.url}/p/3</loc>" in export(platform, person, run_id, "sitemap.xml").decode()
    broken = export(platform, person, run_id, "broken-links.csv").decode()
    found = {row["url"]: row for row in csv.DictReader(io.StringIO(broken))}
    assert found[f"{site.url}/missing"]["found_on"] == f"{site.url}/"
    assert found[f"{site.url}/missing"]["text"] == "x"
    chains = export(platform, person, run_id, "redirects.csv").decode()
    loops = {row["url"]: row["loop"] for row in csv.DictReader(io.StringIO(chains))}
    assert loops[f"{site.url}/moved/p/3"] == "no"
    assert "yes" in loops.values()
    # Each link is a download.
    path = f"/1/crawls/{run_id}/exports/redirects.csv"
    with process.limited(Quotas(exports=1)):
        answers = [person.call("GET", path).status for _ in range(2)]
    process.reset()
    assert answers[-1] == 429
    assert person.call("GET", f"/1/crawls/{run_id}/exports/graph.csv").status == 404
    again = {"name": "redirects.csv"}
    assert person.call("POST", f"/1/crawls/{run_id}/exports", again).status == 202


def test_several_exports_are_asked_for_at_once(
    platform: Platform, person: Person, big: tuple[Site, str]
) -> None:
    from chalicelib.crawler.exports import exports
    from chalicelib.crawler.runs import runs

    _, run_id = big
    # Each request has read the run before the other has changed it.
    run = runs.find(run_id)
    names = ["duplicates.csv", "graph.csv"]
    assert [exports.request(run, name)["status"] for name in names] == ["pending"] * 2
    platform.settle()
    found = person.ok("GET", f"/1/crawls/{run_id}/exports")["data"]
    assert {one["status"] for one in found if one["name"] in names} == {"ready"}


def test_bodies_are_archived(
    platform: Platform, person: Person, big: tuple[Site, str], tmp_path: Path
) -> None:
    site, run_id = big
    (path,) = files.write_warc(run_id, tmp_path)
    assert export(platform, person, run_id, "archive.warc.gz") == path.read_bytes()
    bodies: dict[str, tuple[str, bytes]] = {}
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            if record.rec_type == "response":
                url = record.rec_headers.get_header("WARC-Target-URI").removeprefix(site.url)
                status = record.http_headers.get_statuscode()
                bodies[url] = (status, record.content_stream().read())
    assert bodies["/p/3"] == ("200", site.page("/p/3").encode())
    assert bodies["/moved/p/3"][0] == "302"
    assert bodies["/missing"] == ("404", b"<title>gone</title>")
    assert set(bodies) >= {f"/p/{number}" for number in range(PAGES)}


def test_a_page_is_shown_with_what_is_kept_of_it(person: Person, big: tuple[Site, str]) -> None:
    site, run_id = big
    path = f"/1/crawls/{run_id}/page?url="
    page = person.ok("GET", f"{path}{quote(site.url + '/p/3?utm_source=x', safe='')}")["data"]
    assert (page["url"], page["title"], page["depth"]) == (f"{site.url}/p/3", "Page /p/3", 1)
    assert [link["url"] for link in page["links_out"]] == [
        f"{site.url}/p/4", f"{site.url}/p/21", f"{site.url}/",
    ]  # fmt: skip
    assert page["links_out"][0]["text"] == "x"
    sources = {link["url"].removeprefix(site.url) for link in page["links_in"]}
    assert {"/", "/p/2", "/moved/p/3"} <= sources and "/p/4" not in sources
    assert page["links_in_complete"] and page["text_complete"]
    assert "<title>Page /p/3</title>" in page["text"]
    assert {"name": "content-type", "value": "text/html; charset=utf-8"} in page["headers"]
    failed = person.ok("GET", f"{path}{quote(site.url + '/missing', safe='')}")["data"]
    assert (failed["status_code"], failed["found_on"]) == (404, f"{site.url}/")
    pdf = person.ok("GET", f"{path}{quote(site.url + '/file.pdf', safe='')}")["data"]
    assert "text" not in pdf
    for url in (f"{site.url}/nowhere", "nonsense"):
        assert person.call("GET", f"{path}{quote(url, safe='')}").status == 404


def test_a_site_is_pictured(person: Person, big: tuple[Site, str]) -> None:
    site, run_id = big
    found = person.ok("GET", f"/1/crawls/{run_id}/picture")["data"]
    rows = pages(person, run_id)
    assert (found["pages"], found["complete"]) == (len(rows), True)
    assert {one["error"]: one["pages"] for one in found["errors"]} == Counter(
        row["error"].partition(":")[0] for row in rows if row["state"] == "failed"
    )
    assert sum(one["pages"] for one in found["depths"]) == len(rows)
    top, *rest = found["directories"]
    assert (top["url"], top["pages"]) == (f"{site.url}/", len(rows))
    assert {"url": f"{site.url}/p/", "pages": PAGES, "failed": 0} in rest
    root, *others = found["nodes"]
    assert root["url"] == f"{site.url}/" and "parent" not in root
    assert len(others) == len(rows) - 1
    for node in others:
        # The target of a redirect is as deep as the redirect.
        assert node["depth"] - found["nodes"][node["parent"]]["depth"] in (0, 1)


def test_two_crawls_are_compared(
    platform: Platform, person: Person, big: tuple[Site, str], site: Site
) -> None:
    old, run_id = big
    # The earlier one's records are gone; its files are not.
    fewer = start(person, old, max_pages=3, keep_days=0)
    finished(platform, person, fewer)
    text = export(platform, person, run_id, "difference.csv", base=fewer).decode()
    changes = [row["change"] for row in csv.DictReader(io.StringIO(text))]
    assert set(changes) == {"added"}
    assert len(changes) == len(pages(person, run_id)) - 3
    found = person.ok("GET", f"/1/crawls/{run_id}/changes?base={fewer}")["data"]
    assert (found["added"], found["gone"], found["complete"]) == (len(changes), 0, True)
    # Plain and with text digests: digests are not compared.
    assert found["changed"] == 0
    assert {one["change"] for one in found["pages"]} == {"added"}
    back = person.ok("GET", f"/1/crawls/{fewer}/changes?base={run_id}")["data"]
    assert (back["gone"], len(back["pages"])) == (len(changes), len(changes))
    assert person.call("GET", f"/1/crawls/{run_id}/changes?base=x").status == 404
    text = export(platform, person, fewer, "difference.csv", base=run_id).decode()
    assert {row["change"] for row in csv.DictReader(io.StringIO(text))} == {"gone"}
    for body in ({"name": "difference.csv"}, {"name": "pages.csv", "base": fewer}, {"name": "x"}):
        assert person.call("POST", f"/1/crawls/{run_id}/exports", body).status == 400
    lost = {"name": "difference.csv", "base": str(uuid.uuid4())}
    assert person.call("POST", f"/1/crawls/{run_id}/exports", lost).status == 404
