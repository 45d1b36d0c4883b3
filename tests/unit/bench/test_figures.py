"""Figures in the documentation, and the monthly bill."""

import re
from dataclasses import replace
from typing import Any

import pytest

from bench import figures
from bench.growth import prices

UNITS = {"calls": 2, "wru": 4.0, "rru": 2.0, "cpu_ms": 1.0, "sdk_ms": 1.0}


@pytest.fixture
def results() -> dict[str, Any]:
    names = [*figures._READS, "like", "tweet"]
    crawled = dict.fromkeys(
        (
            "pages distinct refetched cpu_ms_per_page cpu_ms_per_distinct pages_per_s wru_per_page "
            "rru_per_page"
        ).split(),
        1.0,
    )
    app = {"import_ms": 300, "import_ratio": 1.1, "own_mb": 0.2, "bundle_mb": None}
    cpu = {"cpu_ms": {"ours": 3.0, "loop": 1.0}, "to_loop": 3.0, "to_celery": None}
    return {
        "delivery": {"like": dict(UNITS), "peers": {"mail": cpu, "push": cpu}},
        "operations": {name: dict(UNITS) for name in names},
        "whole": {name: dict(UNITS) for name in figures._DEEDS},
        "scaling": {"home_by_follows": {"5000": {**UNITS, "cold": UNITS}}},
        "apps": {"tweets": app},
        "crawl": {"ours": crawled, "scrapy": crawled},
    }


def test_the_pages_tables_can_all_be_made(results: dict[str, Any]) -> None:
    before = {**results, "whole": {n: {**UNITS, "wru": 19.5} for n in figures._DEEDS}}
    for page in figures.PAGES:
        text = figures.written(page.read_text(), results, before)
        assert text.count("<!-- end -->") == len(re.findall("<!-- figures: ", text)) > 0
        assert figures.written(text, results, before) == text
        if page.name == "benchmarks.md":
            assert "| `like` | 2 | 19.5 → 4 | 2 | wru ≤ 9 |" in text


def test_an_unknown_table_is_refused(results: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        figures.written("<!-- figures: nothing -->\n<!-- end -->", results, results)


def test_twice_the_users_cost_twice_as_much(results: dict[str, Any]) -> None:
    one, two = prices.lines(results, 1000), prices.lines(results, 2000)
    assert two == pytest.approx({name: 2 * cost for name, cost in one.items()})


def test_a_bill_by_hand(results: dict[str, Any]) -> None:
    found = prices.lines(results, 1000)
    # 60 polls on 30,000 days of users, $3.50 per million.
    assert found["API Gateway: polls"] == pytest.approx(6.30)
    assert found["DynamoDB: polls"] == pytest.approx(1.8 * (4 * 0.625 + 2 * 0.125))
    assert found["DynamoDB: deliveries to followers"] == pytest.approx(1.8 * 2.75)
    # Half a gigabyte-second per ten requests.
    without = prices.lines(results, 1000, replace(prices.Profile(), polls=0))
    assert without["Lambda: requests and polls"] == pytest.approx(
        0.03 * prices.Profile().requests * (0.2 + 0.05 * 13.33)
    )
    assert without["API Gateway: polls"] == without["DynamoDB: polls"] == 0


def test_a_missing_figure_is_an_error(results: dict[str, Any]) -> None:
    del results["operations"]["poll"]
    with pytest.raises(KeyError):
        prices.lines(results, 1000)
