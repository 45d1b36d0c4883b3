"""Requests that start a crawl: what the schema takes, what is refused."""

from typing import Any

import pytest
from chalicelib.crawler.extract import patterns
from chalicelib.crawler.frontier import seeds
from chalicelib.crawler.routes.requests import CRAWL
from chalicelib.crawler.runs import runs, starting

from shared.base.errors import Problem
from shared.base.validation import validate_body

URL = "http://e.example/"
# Every member that a request may have, with a value that is valid.
WHOLE: dict[str, Any] = {
    "url": URL,
    "seeds": [URL, "http://f.example/"],
    "scope": "domain",
    "allow": ["/a/*"],
    "deny": ["/b/*"],
    "order": "breadth-first",
    "frontier": "plain",
    "max_pages": 7,
    "max_depth": 0,
    "max_bytes": 10**9,
    "max_seconds": 60,
    "pages_per_host": 5,
    "concurrency": 2,
    "max_cost": 0.25,
    "keep_days": 3,
    "allow_private": False,
    "options": {},
}


def refused(body: dict[str, Any]) -> str:
    with pytest.raises(Problem) as caught:
        starting.options_of(validate_body(CRAWL, body), False)
    assert caught.value.status == 400
    assert caught.value.errors
    return str(caught.value.errors[0]["message"])


def test_the_schema_knows_every_member() -> None:
    assert validate_body(CRAWL, WHOLE) == WHOLE
    assert set(WHOLE) == set(CRAWL["properties"])


def test_the_old_spelling_of_the_order_is_taken() -> None:
    found = starting.options_of({"url": URL, "order": "breadth_first"}, False)
    assert found["order"] == "breadth-first"


def test_members_are_kept_or_refused() -> None:
    plain = {name: WHOLE[name] for name in WHOLE.keys() - set(starting.NEED_HOSTS)}
    found = starting.options_of(plain, False)
    for name in plain.keys() - {"seeds", "options", "max_cost"}:
        assert found[name] == plain[name]
    assert found["max_cost"] == 250_000
    for name in starting.NEED_HOSTS:
        assert refused({**plain, name: 2}) == f"{name}: needs frontier: hosts"
        assert starting.options_of({"url": URL, name: 2}, False)[name] == 2


@pytest.mark.parametrize("order", ["depth-first", "best-first"])
def test_a_plain_run_is_breadth_first(order: str) -> None:
    assert "needs frontier: hosts" in refused({"url": URL, "frontier": "plain", "order": order})
    assert starting.options_of({"url": URL, "order": order}, False)["order"] == order
    assert starting.options_of({"url": URL, "frontier": "plain"}, False)["order"] == "breadth-first"
    assert starting.options_of({"url": URL}, False)["order"] == "depth-first"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "/relative"},
        {"url": "not a url"},
        {"url": ""},
        {"url": 7},
        {"url": "http://"},
        {"url": "//e.example/x"},
        {"url": "http://e.example:99999/"},
        {"url": "http://e .example/"},
        {"url": "javascript:alert(1)"},
        {"url": "mailto:a@e.example"},
        {"url": "http://e.example/" + "\u00e9" * 700},
        {"url": "ftp://e.example/"},
        {"url": "http://user:pass@e.example/"},
        {"url": "http://e.example/" + "x" * 2_048},
        {"url": "http://10.0.0.1/"},
        {"url": URL, "order": "depth_first"},
        {"url": URL, "max_pages": 0},
        {"url": URL, "max_pages": 1.5},
        {"url": URL, "max_pages": "7"},
        {"url": URL, "max_depth": -1},
        {"url": URL, "max_depth": 1_001},
        {"url": URL, "max_bytes": 0},
        {"url": URL, "pages_per_host": 0},
        {"url": URL, "concurrency": 0},
        {"url": URL, "concurrency": 1_001},
        {"url": URL, "scope": "world"},
        {"url": URL, "allow": "x"},
        {"url": URL, "allow": ["(?=x)"]},
        {"url": URL, "max_seconds": 8 * 24 * 3600},
        {"url": URL, "max_cost": 0},
        {"url": URL, "deny": ["x"] * 101},
        {"url": URL, "allow": ["x" * 501]},
        {"url": URL, "seeds": []},
        {"url": URL, "deny": ["("]},
        {"url": URL, "allow": [r"(a)\1"]},
        {"url": URL, "options": {"surprise": 1}},
    ],
)
def test_requests_out_of_bounds_are_refused(body: dict[str, Any]) -> None:
    assert refused(body)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            "http://b\u00fccher.example/\u00fcber?q=\u00e4",
            "http://xn--bcher-kva.example/%C3%BCber?q=%C3%A4",
        ),
        ("HTTP://E.Example:80/a/../b#part", "http://e.example/b"),
        (" http://e.example/x ", "http://e.example/x"),
    ],
)
def test_addresses_as_people_write_them_are_taken(url: str, address: str) -> None:
    assert starting.options_of({"url": url}, False)["url"] == address


def test_a_pattern_that_would_backtrack_for_ever_is_linear_here() -> None:
    found = starting.options_of({"url": URL, "deny": ["^(a+)+$", "(x|x)*y"]}, False)
    matcher = patterns.compile(found["deny"])
    # RE2 takes microseconds; a backtracking engine 2 to the power of 1,900 steps.
    assert not matcher.matches("a" * 1_900 + "!")


def test_seeds_are_addresses_each_once(tables: Any) -> None:
    body = {"seeds": [URL, "http://E.example/", "http://f.example/a", "http://f.example/a#x"]}
    made = starting.start("1", body, {})
    run = runs.find(made["id"])
    assert run is not None
    assert (run.url, run.seeds) == (URL, 2)
    assert seeds.read(run.id) == ["http://f.example/a"]
    for bad in ({"seeds": [URL, "ftp://f.example/"]}, {**body, "scope": "prefix"}):
        with pytest.raises(Problem):
            starting.start("1", bad, {})
