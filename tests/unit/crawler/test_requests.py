"""Requests that start a crawl: what the schema takes, what is refused."""

from typing import Any

import pytest
from chalicelib.crawler.routes.requests import CRAWL
from chalicelib.crawler.runs import starting

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


@pytest.mark.parametrize("name", sorted(starting.NOT_YET))
def test_members_that_nothing_reads_are_refused(name: str) -> None:
    assert refused({"url": URL, name: WHOLE[name]}) == f"{name}: not available yet"


@pytest.mark.parametrize(
    ("name", "word"),
    [(name, word) for name, words in starting.FUTURE_WORDS.items() for word in sorted(words)],
)
def test_words_that_mean_nothing_yet_are_refused(name: str, word: str) -> None:
    assert "not available yet" in refused({"url": URL, name: word})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": "/relative"},
        {"url": "not a url"},
        {"url": "ftp://e.example/"},
        {"url": "http://user:pass@e.example/"},
        {"url": "http://e.example/" + "x" * 2_048},
        {"url": "http://10.0.0.1/"},
        {"url": URL, "order": "depth_first"},
        {"url": URL, "max_pages": 0},
        {"url": URL, "max_seconds": 8 * 24 * 3600},
        {"url": URL, "max_cost": 0},
        {"url": URL, "deny": ["x"] * 101},
        {"url": URL, "allow": ["x" * 501]},
        {"url": URL, "seeds": []},
        {"url": URL, "options": {"surprise": 1}},
    ],
)
def test_requests_out_of_bounds_are_refused(body: dict[str, Any]) -> None:
    assert refused(body)
