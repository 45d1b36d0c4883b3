"""`make bench`: costs of operations, apps, crawls and fan-out.

Exit code 1 when a budget of calls or units is exceeded, or when something
could not be measured. What the figures mean: docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import platform as machine
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.environment import prepare
from scripts.base.process import ROOT

RESULTS = ROOT / "bench" / "results" / "latest.json"
PARTS = ("operations", "apps", "crawl", "simulation", "chalice_local")


class Bench:
    """One run: the results and what went wrong."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.results: dict[str, Any] = {part: {} for part in PARTS}
        self.failures: list[str] = []
        self.calls: dict[str, list[str]] = {}

    def wanted(self, part: str) -> bool:
        """Return True if a part, or an operation of it, was asked for."""
        only = self.options.only
        if only is None or only in PARTS:
            return only in (None, part)
        return part == ("crawl" if only == "crawl_page" else "operations")

    def attempt(self, what: str, measure: Callable[[], None]) -> None:
        """Measure; a failure is told at the end and does not stop the rest."""
        started = time.monotonic()
        print(f"{what} … ", end="", flush=True, file=sys.stderr)
        try:
            measure()
        except Exception as error:
            traceback.print_exc()
            self.failures.append(f"{what}: could not be measured ({error})")
        print(f"{time.monotonic() - started:.1f} s", file=sys.stderr)

    def operations(self) -> None:
        """The operations, on a platform of their own."""
        from bench import fixtures
        from bench.meter import Meter
        from bench.operations import Operations
        from tests.platform import Platform

        size = fixtures.QUICK if self.options.quick else fixtures.FULL
        with (
            tempfile.TemporaryDirectory() as state,
            Platform.start(Path(state)) as platform,
            Meter() as meter,
        ):
            measured = Operations(platform, meter, size)
            only = self.options.only
            for name in measured.names() if only in (None, "operations") else [only]:

                def one(name: str = name) -> None:
                    done = measured.run(name)
                    self.results["operations"][name] = done.numbers
                    self.calls[name] = done.calls

                self.attempt(name, one)

    def apps(self) -> None:
        """Imports and bundles."""
        from bench import apps

        runs = 3 if self.options.quick else apps.RUNS
        self.results["apps"] = apps.measure(
            runs, build=self.options.bundles or not self.options.quick
        )

    def crawl(self) -> None:
        """Our crawler and Scrapy."""
        from bench import crawl

        size = (crawl.QUICK_PAGES, 1) if self.options.quick else (crawl.PAGES, crawl.ROUNDS)
        self.results["crawl"], page = crawl.measure(*size)
        self.results["operations"]["crawl_page"] = page

    def simulation(self) -> None:
        """Costs of several ways of fan-out on a large network."""
        from bench.fanout import simulation

        self.results["simulation"] = simulation.measure(simulation.users_wanted())

    def chalice_local(self) -> None:
        """`chalice local`, beside Chalice's own server untouched."""
        from bench import chalice_local

        measured = chalice_local.measure(1.0 if self.options.quick else chalice_local.SECONDS)
        self.results["chalice_local"] = measured
        if measured["ours"] < chalice_local.GOAL:
            self.failures.append(
                f"chalice local: {measured['ours']} requests per second, "
                f"the goal is {chalice_local.GOAL}"
            )

    def run(self) -> int:
        """Measure, print, write, judge."""
        from bench import budgets, report

        # Imports first: they are the only figure that a busy machine could disturb.
        for part in ("apps", "operations", "crawl", "simulation", "chalice_local"):
            if self.wanted(part):
                self.attempt(part, getattr(self, part))
        operations = self.results["operations"]
        print("\n".join(report.lines(self.results)))
        if self.options.calls:
            for name, calls in self.calls.items():
                print(f"\n{name}:", *calls, sep="\n  ")
        self._write()
        timed = budgets.exceeded(operations, "timed")
        over = [*budgets.exceeded(operations), *timed, *self.failures]
        for line in over:
            print(f"over budget: {line}" if line not in self.failures else line)
        return 1 if over else 0

    def _write(self) -> None:
        path = self.options.json or (RESULTS if self.options.only is None else None)
        if path is None:
            return
        self.results["meta"] = {
            "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "python": machine.python_version(),
            "quick": self.options.quick,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.results, indent=2) + "\n")
        print(f"written to {path}")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the results")
    parser.add_argument("--only", help=f"{', '.join(PARTS)} or the name of one operation")
    parser.add_argument("--quick", action="store_true", help="small sizes, few repetitions")
    parser.add_argument("--calls", action="store_true", help="list the AWS calls one by one")
    parser.add_argument(
        "--bundles", action="store_true", help="build the bundles even with --quick"
    )
    options = parser.parse_args()
    prepare()
    if options.only is not None and options.only not in (known := _known()):
        parser.error(f"--only: one of {', '.join(known)}")
    return Bench(options).run()


def _known() -> list[str]:
    from bench.operations import Operations

    return [*PARTS, *Operations.names(), "crawl_page"]


if __name__ == "__main__":
    sys.exit(main())
