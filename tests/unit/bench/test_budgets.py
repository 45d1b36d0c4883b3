"""Budgets of the bench: what is over them, and what was not measured."""

import os
from unittest.mock import patch

import pytest

from bench import budgets, report
from scripts.ops import bench


def results(**changes: float) -> dict[str, dict[str, object]]:
    """A results file with every budgeted figure at its limit, but for some."""
    operations = {name: dict(one) for name, one in budgets.limits().items()}
    for name, one in budgets.limits("timed").items():
        operations[name] |= one
    curves: dict[str, dict[str, dict[str, float]]] = {}
    for kind in ("scaling", "scaling_timed"):
        for name, one in budgets.limits(kind).items():
            curve, _, size = name.partition("/")
            curves.setdefault(curve, {}).setdefault(size, {}).update(one)
    whole = {name: dict(one) for name, one in budgets.limits("whole").items()}
    whole["like"] |= changes
    selective = budgets.limits("selective")["selective_1m"]
    delivery = {name: dict(one) for name, one in budgets.limits("delivery").items()}
    for name, one in budgets.limits("delivery_timed").items():
        delivery[name] |= one
    return {
        "delivery": delivery,  # type: ignore[dict-item]
        "operations": operations,  # type: ignore[dict-item]
        "whole": whole,  # type: ignore[dict-item]
        "scaling": curves,  # type: ignore[dict-item]
        "selective_1m": dict(selective),
        "crawl": {name: dict(one) for name, one in budgets.limits("crawl").items()},
    }


def test_figures_at_their_limits_pass() -> None:
    assert budgets.judge(results()) == []
    assert budgets.missing(results()) == []


def test_each_part_can_fail() -> None:
    limit = budgets.limits("whole")["like"]["wru"]
    assert budgets.judge(results(wru=limit + 1)) == [
        f"like: {limit + 1:g} write units, the budget is {limit:g}"
    ]
    for part, name in (("operations", "like"), ("scaling", "home_by_blockers")):
        found = results()
        numbers = found[part][name]
        assert isinstance(numbers, dict)
        target = numbers["100000"] if part == "scaling" else numbers
        target["calls"] = 1000
        assert len(budgets.judge(found)) == 1, part
    found = results()
    found["selective_1m"]["rru"] = 1000.0
    assert len(budgets.judge(found)) == 1
    found = results()
    found["crawl"]["ours"] = dict.fromkeys(budgets.limits("crawl")["ours"], 1000.0)
    assert len(budgets.judge(found)) == len(budgets.limits("crawl")["ours"])


@pytest.mark.parametrize(
    "part", ["operations", "whole", "scaling", "selective_1m", "crawl", "delivery"]
)
def test_a_part_that_was_not_measured_is_told(part: str) -> None:
    found = results()
    del found[part]
    assert budgets.judge(found) == []
    assert {line.partition(":")[0] for line in budgets.missing(found)} == {part}


def test_a_figure_without_a_number_is_missing() -> None:
    found = results()
    found["whole"]["like"] = {"calls": 1}
    assert budgets.missing(found) == ["whole: like (wru)"]


def test_a_full_run_without_figures_fails(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "ORDER", ())
    monkeypatch.setattr("sys.argv", ["bench", "--json", f"{tmp_path}/results.json"])
    # It prepares its process for the apps: the tests' own environment comes back.
    with patch.dict(os.environ):
        assert bench.main() == 1
    assert "not measured: whole: like (wru)" in capsys.readouterr().out


def test_every_table_is_printed() -> None:
    found = results()
    whole = {name: {"calls": 1, "rru": 0, "wru": 1, **one} for name, one in found["whole"].items()}  # type: ignore[dict-item]
    lines = report.lines({"whole": whole})
    assert any(line.startswith("like_60") and "ok wru≤6" in line for line in lines)
