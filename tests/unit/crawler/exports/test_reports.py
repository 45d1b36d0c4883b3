"""Reports on a small site whose answers are known."""

import csv
import io
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from tests.unit.crawler.exports.conftest import SITE, Page

PAGES = [
    Page("/", ("/a", "/b", "/old", "/gone", "/loop1", "/=x")),
    Page("/a", ("/", "/b", "/gone"), "/", {"digest": "d1", "simhash": "f" * 16}),
    Page("/b", ("/a",), "/", {"digest": "d1", "simhash": "f" * 16}),
    Page("/c", (), "", {"digest": "d2", "simhash": "f" * 15 + "e"}),
    Page("/old", (), "/", {"status_code": 301, "redirect_to": f"{SITE}/older"}),
    Page("/older", (), "/old", {"status_code": 302, "redirect_to": f"{SITE}/a"}),
    Page("/gone", (), "/", {"state": "failed", "status_code": 404, "error": "http_404"}),
    Page("/lost", (), "/b", {"state": "failed", "error": "timeout"}),
    Page("/loop1", (), "/", {"status_code": 301, "redirect_to": f"{SITE}/loop2"}),
    Page("/loop2", (), "/loop1", {"status_code": 301, "redirect_to": f"{SITE}/loop1"}),
    Page("/hidden", ("/hidden",), "", {"robots": ("noindex",)}),
    Page("/print", ("/a",), "/a", {"canonical": f"{SITE}/a", "title": "=1+1"}),
]


@pytest.fixture(scope="module")
def run(stored: Any) -> Any:
    return stored(PAGES)


def table(run: Any, name: str, base: Any = None) -> list[dict[str, str]]:
    from chalicelib.crawler.exports import exports

    content = b"".join(exports.content(run, name, base)).decode()
    return list(csv.DictReader(io.StringIO(content, newline="")))


def paths(rows: list[dict[str, str]]) -> list[str]:
    return [row["url"].removeprefix(SITE) for row in rows]


def test_broken_links_name_each_page_they_stand_on(run: Any) -> None:
    rows = table(run, "broken-links.csv")
    places = {(row["url"][len(SITE) :], row["found_on"][len(SITE) :], row["text"]) for row in rows}
    assert places == {("/gone", "/", "to /gone"), ("/gone", "/a", "to /gone"), ("/lost", "/b", "")}
    assert {row["error"] for row in rows} == {"http_404", "timeout"}


@pytest.mark.parametrize(
    ("options", "name", "refused"),
    [
        ('{"store": []}', "orphans.csv", "graph"),
        ('{"store": ["warc"]}', "pagerank.csv", "graph"),
        ('{"store": []}', "graph.csv", "graph"),
        ('{"store": []}', "graph.graphml", "graph"),
        ('{"store": ["graph"]}', "orphans.csv", None),
        (None, "orphans.csv", None),
        ('{"store": []}', "broken-links.csv", None),
        (None, "archive.warc.gz", "warc"),
        ('{"store": ["graph"]}', "archive.cdxj", "warc"),
        ('{"store": ["warc"]}', "archive.cdxj", None),
    ],
)
def test_reports_need_what_they_are_made_of(
    options: str | None, name: str, refused: str | None
) -> None:
    from chalicelib.crawler.exports import exports
    from chalicelib.crawler.extract.wanted import Wanted
    from chalicelib.crawler.runs import runs

    run = exports.Run("r", status="finished", options=options)
    assert exports.lacks(run, name) == refused
    if name == "orphans.csv":
        assert Wanted.of(runs.options_of(run)).graph == (refused is None)


def test_chains_of_redirects_begin_at_their_first_page(run: Any) -> None:
    rows = {row["url"].removeprefix(SITE): row for row in table(run, "redirects.csv")}
    assert rows.keys() == {"/old", "/loop1"}
    assert rows["/old"]["chain"].split() == [f"{SITE}{one}" for one in ("/old", "/older", "/a")]
    assert (rows["/old"]["hops"], rows["/old"]["target_status"], rows["/old"]["loop"]) == (
        "2", "200", "no",
    )  # fmt: skip
    assert rows["/loop1"]["loop"] == "yes"


def test_duplicates_are_the_same_or_similar(run: Any) -> None:
    rows = table(run, "duplicates.csv")
    groups = {(row["group"], row["kind"], row["url"].removeprefix(SITE)) for row in rows}
    assert {(kind, path) for _, kind, path in groups} == {
        ("same", "/a"), ("same", "/b"), ("similar", "/a"), ("similar", "/c"),
    }  # fmt: skip
    assert len({group for group, *_ in groups}) == 2


def test_orphans_have_no_links_but_their_own(run: Any) -> None:
    assert sorted(paths(table(run, "orphans.csv"))) == ["/c", "/hidden", "/print"]


def test_ranks_sum_to_one_and_links_raise_them(run: Any) -> None:
    rows = table(run, "pagerank.csv")
    assert sum(float(row["rank"]) for row in rows) == pytest.approx(1, abs=1e-6)
    order = paths(rows)
    assert order.index("/a") < order.index("/c")
    assert {row["url"]: row["links_in"] for row in rows}[f"{SITE}/a"] == "4"


def test_the_ranks_of_a_circle_are_equal(stored: Any) -> None:
    run = stored([Page("/", ("/1",)), Page("/1", ("/2",)), Page("/2", ("/",))])
    assert {row["rank"] for row in table(run, "pagerank.csv")} == {"0.333333333"}


def test_a_sitemap_has_what_may_be_indexed(run: Any) -> None:
    from chalicelib.crawler.exports import exports

    root = ET.fromstring(b"".join(exports.content(run, "sitemap.xml")))
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = [one.text.removeprefix(SITE) for one in root.iter(f"{space}loc") if one.text]
    assert found == ["/", "/a", "/b", "/c"]


def test_pages_that_are_as_they_were_count_as_read(stored: Any) -> None:
    from chalicelib.crawler.exports import exports

    base = stored([Page("/", ("/a",)), Page("/a", (), "/", {"digest": "d"})])
    again = {"status_code": 304, "digest": "d"}
    later = stored([Page("/", ("/a",)), Page("/a", (), "/", again)])
    assert table(later, "difference.csv", base) == []
    assert f"{SITE}/a</loc>" in b"".join(exports.content(later, "sitemap.xml")).decode()


def test_a_sitemap_of_many_pages_is_an_index_and_parts(run: Any, monkeypatch: Any) -> None:
    from chalicelib.crawler.exports import exports, reports

    def found(name: str) -> tuple[str, list[str]]:
        root = ET.fromstring(b"".join(exports.content(run, name)))
        space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
        return root.tag.removeprefix(space), [one.text or "" for one in root.iter(f"{space}loc")]

    with pytest.raises(reports.ReportRefused, match="no such part"):
        found("sitemap-2.xml")
    whole = found("sitemap.xml")[1]
    monkeypatch.setattr(reports, "SITEMAP_URLS", 3)
    names = ["sitemap-1.xml", "sitemap-2.xml"]
    assert found("sitemap.xml") == ("sitemapindex", [f"{SITE}/{name}" for name in names])
    assert [found(name) for name in names] == [("urlset", whole[:3]), ("urlset", whole[3:])]


def test_graphml_has_the_pages_and_their_links(run: Any) -> None:
    from chalicelib.crawler.exports import exports

    root = ET.fromstring(b"".join(exports.content(run, "graph.graphml")))
    space = "{http://graphml.graphdrawing.org/xmlns}"
    nodes = {
        node.get("id"): node.find(f"{space}data").text.removeprefix(SITE)  # type: ignore[union-attr]
        for node in root.iter(f"{space}node")
    }
    assert sorted(nodes.values()) == sorted(page.path for page in PAGES)
    edges = {
        (nodes[edge.get("source")], nodes[edge.get("target")]) for edge in root.iter(f"{space}edge")
    }
    assert ("/old", "/older") in edges
    assert ("/a", "/gone") in edges
    assert len(edges) == 15


def test_the_csv_graph_has_links_that_leave_too(run: Any) -> None:
    rows = table(run, "graph.csv")
    assert {
        "source": f"{SITE}/",
        "target": f"{SITE}/=x",
        "kind": "a",
        "rel": "",
        "text": "to /=x",
    } in rows


def test_two_runs_are_compared(stored: Any, run: Any) -> None:
    later = stored([
        Page("/", ("/a",)),
        Page("/a", (), "/", {"digest": "d9"}),
        Page("/new", (), "/"),
        *PAGES[2:10],
    ])  # fmt: skip
    rows = {row["url"].removeprefix(SITE): row for row in table(later, "difference.csv", run)}
    assert {path: row["change"] for path, row in rows.items()} == {
        "/a": "changed", "/new": "added", "/hidden": "gone", "/print": "gone",
    }  # fmt: skip
    assert rows["/a"]["what"] == "digest"
