"""Monthly cost of crawling so many pages, by design of the crawler."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MONTH_SECONDS = 30 * 86_400
# Lambda, API and tables are sized for four times the average.
PEAK = 4
# Units of a design that must be known: a missing one is an error, never 0.
UNITS = (
    "wru", "rru", "seconds", "memory_gb", "pages_per_invocation", "messages", "record_bytes",
    "records", "kept_kb", "rows_kb", "objects", "kept_objects",
)  # fmt: skip
# Service limits in words, with what raises or avoids each.
LIMITS = {
    "lambda_concurrency": ("Lambda concurrency", "ask AWS for more; fetch more pages at a time"),
    "lambda_requests_per_s": ("Lambda requests per s", "more pages per invocation"),
    "dynamodb_table_write_units_per_s": (
        "DynamoDB write units per s and table", "ask AWS for more; fewer writes per page",
    ),
    "dynamodb_table_read_units_per_s": (
        "DynamoDB read units per s and table", "ask AWS for more; remember what was read",
    ),
    "s3_prefix_puts_per_s": ("S3 puts per s and prefix", "a prefix per run; larger parts"),
}  # fmt: skip
_KNOBS = dict(LIMITS.values())


class EstimateError(ValueError):
    """The inputs do not suffice; the message says what is missing."""


@dataclass(frozen=True)
class Estimate:
    """Cost of one design per month.

    Attributes:
        lines: dollars by item.
        waiting: dollars of the Lambda line that pay for waiting.
        limits: use of each service limit at four times the average rate; 1 is all of it.
    """

    name: str
    label: str
    lines: dict[str, float]
    waiting: float
    limits: dict[str, float]

    @property
    def total(self) -> float:
        """Sum of the lines."""
        return sum(self.lines.values())

    @property
    def first_limit(self) -> str:
        """The limit that growth meets first."""
        return max(self.limits, key=lambda name: self.limits[name])

    @property
    def knob(self) -> str:
        """Way to raise or avoid that limit."""
        return _KNOBS[self.first_limit]


def load() -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return prices and designs as the data files have them."""
    prices = json.loads((HERE / "prices.json").read_text())
    designs = json.loads((HERE / "designs.json").read_text())["designs"]
    return prices, designs


def with_measured(
    designs: Mapping[str, Mapping[str, Any]], operations: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, Any]]:
    """Return designs with counted units in place of assumed ones.

    Args:
        operations: of a results file of the bench; for a design without its operation there,
            the units that designs.json has from an earlier one count.
    """
    found = {}
    for name, design in designs.items():
        fresh = operations.get(design.get("measured", ""), {})
        units = {unit: fresh[unit] for unit in ("wru", "rru") if unit in fresh}
        found[name] = {**design, **design.get("units", {}), **units}
    return found


def estimate(
    name: str,
    design: Mapping[str, Any],
    prices: Mapping[str, Any],
    pages: float,
    *,
    keeps: bool | None = None,
    work_seconds: float = 0.02,
) -> Estimate:
    """Return the cost of crawling so many pages in one month.

    Args:
        keeps: whether bodies are kept, for a month; by default as the design does.
        work_seconds: of a page's Lambda time that is work; the rest is waiting.

    Raises:
        EstimateError: the design lacks a unit, or there are no pages.
    """
    missing = [unit for unit in UNITS if design.get(unit) is None]
    if missing:
        raise EstimateError(f"{name}: no figure for {', '.join(missing)}")
    if pages <= 0:
        raise EstimateError("there must be at least one page")
    cost, most = prices["dollars"], prices["limits"]
    kept = design["keeps"] if keeps is None else keeps
    second = design["memory_gb"] * cost["lambda_gb_second"]
    objects = pages * (design["objects"] + (design["kept_objects"] if kept else 0.0))
    wru = design["wru"] + design.get("polite_wru", 0.0)
    rru = design["rru"] + design.get("polite_rru", 0.0)
    lines = {
        "Lambda time": pages * design["seconds"] * second,
        "Lambda requests": pages / design["pages_per_invocation"] * cost["lambda_request"],
        "DynamoDB writes": pages * wru * cost["dynamodb_write_unit"],
        "DynamoDB reads": pages * rru * cost["dynamodb_read_unit"],
        "visited records, a month": pages * design["records"] * design["record_bytes"]
        / 1e9 * cost["dynamodb_gb_month"],
        "SQS": pages * design["messages"] * cost["sqs_request"],
        "S3 puts": objects * cost["s3_put"],
        "rows and links, a month": pages * design["rows_kb"] / 1e6 * cost["s3_gb_month"],
        "bodies, a month": pages * design["kept_kb"] / 1e6 * cost["s3_gb_month"] if kept else 0.0,
    }  # fmt: skip
    rate = pages / MONTH_SECONDS * PEAK
    limits = {
        "lambda_concurrency": rate * design["seconds"] / most["lambda_concurrency"],
        "dynamodb_table_write_units_per_s": rate * wru
        / most["dynamodb_table_write_units_per_s"],
        "dynamodb_table_read_units_per_s": rate * rru
        / most["dynamodb_table_read_units_per_s"],
        "lambda_requests_per_s": rate / design["pages_per_invocation"]
        / most["lambda_requests_per_s"],
        "s3_prefix_puts_per_s": objects / MONTH_SECONDS * PEAK / most["s3_prefix_puts_per_s"],
    }  # fmt: skip
    waiting = pages * max(0.0, design["seconds"] - work_seconds) * second
    words = {LIMITS[key][0]: value for key, value in limits.items()}
    return Estimate(name, design["label"], lines, waiting, words)
