"""Figures of the mission from prices and units; rules of estimates."""

import json

import pytest

from scripts.base.domain import load_app
from scripts.estimate import command
from scripts.estimate.crawl import UNITS, EstimateError, estimate, load, with_measured

load_app("crawler")
from chalicelib.crawler.runs import bounds

PAGES = 1_000_000_000


def total(name: str, pages: float = PAGES, **options: bool) -> float:
    prices, designs = load()
    return estimate(name, designs[name], prices, pages, **options).total


@pytest.mark.parametrize(
    ("design", "dollars"),
    [("naive", 56_066), ("owner", 8_942), ("plain", 10_842), ("hosts", 2_897)],
)
def test_a_billion_pages_cost_what_was_computed_by_hand(design, dollars):
    assert total(design) == pytest.approx(dollars, rel=0.01)


@pytest.mark.parametrize(
    ("design", "line", "dollars"),
    [
        ("naive", "SQS", 1_200),
        ("naive", "Lambda time", 6_667),
        ("naive", "Lambda requests", 200),
        ("naive", "DynamoDB writes", 31_250),
        ("naive", "bodies, a month", 11_500),
        ("naive", "S3 puts", 5_000),
    ],
)
def test_lines_of_the_naive_design(design, line, dollars):
    prices, designs = load()
    found = estimate(design, designs[design], prices, PAGES)
    assert found.lines[line] == pytest.approx(dollars, rel=0.01)


def test_waiting_is_most_of_the_plain_mode():
    prices, designs = load()
    found = estimate("plain", designs["plain"], prices, PAGES)
    assert found.waiting / found.total == pytest.approx(0.61, abs=0.02)
    assert found.first_limit == "Lambda concurrency"
    assert found.limits["Lambda concurrency"] == pytest.approx(1.54, rel=0.01)


@pytest.mark.parametrize("design", ["naive", "owner", "plain", "hosts"])
def test_twice_the_pages_cost_twice_as_much(design):
    assert total(design, 2 * PAGES) == pytest.approx(2 * total(design))


def test_storage_can_be_left_out_and_added():
    assert total("naive") - total("naive", keeps=False) == pytest.approx(16_500)
    assert total("owner", keeps=True) - total("owner") == pytest.approx(16_500)


@pytest.mark.parametrize("unit", UNITS)
def test_a_missing_unit_is_an_error(unit):
    prices, designs = load()
    with pytest.raises(EstimateError, match=unit):
        estimate("hosts", {**designs["hosts"], unit: None}, prices, PAGES)


def test_no_pages_are_an_error():
    with pytest.raises(EstimateError, match="at least one page"):
        total("owner", 0)


def test_measured_units_replace_assumed_ones():
    _, designs = load()
    found = with_measured(designs, {"crawl_hosts_page": {"wru": 1.5, "rru": 2.5, "calls": 9}})
    assert (found["hosts"]["wru"], found["hosts"]["rru"]) == (1.5, 2.5)
    assert found["hosts"]["seconds"] == designs["hosts"]["units"]["seconds"]
    assert found["plain"] == {**designs["plain"], **designs["plain"]["units"]}
    assert found["owner"] == designs["owner"]


@pytest.mark.parametrize(
    ("design", "keeps", "puts", "dollars"),
    [
        # Two objects per page, two more with bodies; a turn of fifteen pages has as many.
        ("plain", False, 10_000, 15_032), ("plain", True, 20_000, 25_837),
        ("hosts", False, 667, 4_199), ("hosts", True, 1_333, 5_652),
    ],
)  # fmt: skip
def test_counted_units_give_what_was_computed_by_hand(design, keeps, puts, dollars):
    prices, designs = load()
    found = estimate(design, with_measured(designs, {})[design], prices, PAGES, keeps=keeps)
    assert found.lines["S3 puts"] == pytest.approx(puts, rel=0.01)
    assert found.total == pytest.approx(dollars, rel=0.01)
    assert found.lines["Lambda time"] == pytest.approx(2_359, rel=0.01)


@pytest.mark.parametrize("frontier", ["plain", "hosts"])
@pytest.mark.parametrize("kinds", [["graph"], ["graph", "warc"]])
def test_a_run_is_stopped_at_what_the_estimate_says(frontier, kinds):
    prices, designs = load()
    keeps = "warc" in kinds
    found = estimate(frontier, with_measured(designs, {})[frontier], prices, PAGES, keeps=keeps)
    storing = sum(found.lines[name] for name in found.lines if name.endswith("a month"))
    run = bounds.Run("r", frontier=frontier, options=json.dumps({"store": kinds}))
    millionths = bounds.cost(run, {"fetched": 1_000_000})
    assert millionths / 1e6 * PAGES / 1e6 == pytest.approx(found.total - storing, rel=0.03)
    kept = bounds.cost(run, {"fetched": 1_000_000, "bytes": 10**9}) - millionths
    assert kept == (pytest.approx(23_000) if keeps else 0)


def test_the_command_prints_json_and_text(monkeypatch, capsys):
    arguments = ["estimate", "--pages", str(PAGES), "--unmeasured"]
    monkeypatch.setattr("sys.argv", [*arguments, "--json"])
    assert command.main() == 0
    found = json.loads(capsys.readouterr().out)
    assert found["mission"] == {
        "terabytes_fetched": 500, "terabytes_of_visited_records": 1, "messages": PAGES,
    }  # fmt: skip
    assert found["designs"]["hosts"]["per_million_pages"] == pytest.approx(2.9, rel=0.01)
    monkeypatch.setattr("sys.argv", arguments)
    assert command.main() == 0
    text = capsys.readouterr().out
    assert "500.0 TB of HTML" in text
    assert "first limit: Lambda concurrency" in text
    assert "ask AWS for more" in text
