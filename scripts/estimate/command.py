"""`make estimate PAGES=1000000000`: monthly cost of crawling by design.

Units come from the bench's last results where it counted them, else from designs.json, which has
those of an earlier bench (``units``) beside the designs' own (``--unmeasured``); prices from
prices.json in this folder.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from scripts.base.process import ROOT
from scripts.estimate.crawl import (
    MONTH_SECONDS,
    Estimate,
    EstimateError,
    estimate,
    load,
    with_measured,
)

RESULTS = ROOT / "bench" / "results" / "latest.json"


def measured_operations() -> dict[str, Any]:
    """Return the operations of the bench's last results; none without results."""
    if not RESULTS.is_file():
        return {}
    found: dict[str, Any] = json.loads(RESULTS.read_text()).get("operations", {})
    return found


def estimates(pages: float, *, keeps: bool | None, measured: bool) -> list[Estimate]:
    """Return the estimate of each design.

    Raises:
        EstimateError: a figure is missing.
    """
    prices, designs = load()
    if measured:
        designs = with_measured(designs, measured_operations())
    return [estimate(name, one, prices, pages, keeps=keeps) for name, one in designs.items()]


def as_json(pages: float, found: list[Estimate]) -> dict[str, Any]:
    """Return estimates as one JSON document."""
    prices, designs = load()
    return {
        "pages_per_month": pages,
        "pages_per_s": round(pages / MONTH_SECONDS, 1),
        "prices": {"date": prices["date"], "region": prices["region"]},
        "mission": {
            "terabytes_fetched": pages * designs["owner"]["page_kb"] / 1e9,
            "terabytes_of_visited_records": pages * designs["owner"]["record_bytes"] / 1e12,
            "messages": pages,
        },
        "designs": {
            one.name: {
                "label": one.label,
                "dollars": {name: round(value, 2) for name, value in one.lines.items()},
                "total": round(one.total, 2),
                "per_million_pages": round(one.total / pages * 1e6, 4),
                "waiting": round(one.waiting, 2),
                "limits": {name: round(value, 4) for name, value in one.limits.items()},
                "first_limit": one.first_limit,
                "knob": one.knob,
            }
            for one in found
        },
    }


def as_text(pages: float, found: list[Estimate]) -> str:
    """Return estimates as tables for a terminal."""
    document = as_json(pages, found)
    mission, prices = document["mission"], document["prices"]
    lines = [
        f"{pages:,.0f} pages per month, {document['pages_per_s']:,} per second; "
        f"list prices of {prices['region']}, {prices['date']}.",
        f"{mission['terabytes_fetched']:,.1f} TB of HTML, "
        f"{mission['terabytes_of_visited_records']:,.2f} TB of visited records of 1 KB, "
        f"{mission['messages']:,.0f} messages.",
    ]
    for one in found:
        lines += ["", f"{one.name}: {one.label}"]
        lines += [
            f"  {name:<26}{value:>14,.2f} $ {value / one.total:>5.0%}"
            for name, value in one.lines.items()
            if value
        ]
        share, first = one.waiting / one.total, one.limits[one.first_limit]
        lines += [
            f"  {'total':<26}{one.total:>14,.2f} $  {one.total / pages * 1e6:,.2f} per million",
            f"  {'of Lambda, waiting':<26}{one.waiting:>14,.2f} $ {share:>5.0%}",
            f"  first limit: {one.first_limit}, {first:.1%} at 4 × the average ({one.knob})",
        ]
    return "\n".join(lines)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=float, required=True, help="pages per month")
    parser.add_argument("--keep", choices=("yes", "no"), help="keep bodies in all designs, or none")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--unmeasured", action="store_true", help="ignore the bench's results")
    options = parser.parse_args()
    keeps = None if options.keep is None else options.keep == "yes"
    try:
        found = estimates(options.pages, keeps=keeps, measured=not options.unmeasured)
    except EstimateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    document = as_json(options.pages, found)
    print(json.dumps(document, indent=2) if options.json else as_text(options.pages, found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
