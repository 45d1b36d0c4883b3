"""`make bench`: costs of operations, apps, crawls, fan-out and growth.

Exit code 1 when a budget is exceeded, when something could not be measured, and when a full
run lacks a figure that has a budget. What the figures mean: docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import platform as machine
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.environment import prepare
from scripts.base.process import ROOT

RESULTS = ROOT / "bench" / "results" / "latest.json"
PARTS = (
    *("operations", "whole", "scaling", "selective_1m", "delivery"),
    *("apps", "crawl", "simulation", "chalice_local"),
)
# Imports first: they are the only figure that a busy machine could disturb.
ORDER = (
    *("apps", "operations", "whole", "scaling", "selective_1m", "delivery"),
    *("crawl", "simulation", "chalice_local"),
)


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
        return only is None or part == _part_of(only)

    def chosen(self, part: str, names: list[str]) -> list[str]:
        """Return the members of a part that were asked for."""
        only = self.options.only
        return names if only in (None, part) else [only.rpartition(".")[2]]

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
        from bench.operations import Operations

        with self.platform() as running:
            measured = Operations(*running)
            for name in self.chosen("operations", measured.names()):

                def one(name: str = name) -> None:
                    done = measured.run(name)
                    self.results["operations"][name] = done.numbers
                    self.calls[name] = done.calls

                self.attempt(name, one)

    def whole(self) -> None:
        """Requests with their workers, on a platform of their own."""
        from bench.growth.whole import Whole

        with self.platform() as running:
            measured = Whole(*running)
            for name in self.chosen("whole", measured.names()):

                def one(name: str = name) -> None:
                    done = measured.run(name)
                    self.results["whole"][name] = done.numbers
                    self.calls[f"whole.{name}"] = done.calls

                self.attempt(f"whole.{name}", one)

    def scaling(self) -> None:
        """Pages that meet crowds, on a platform whose workers stand still."""
        from bench.growth.scaling import Scaling, be_patient, stop_workers

        with self.platform() as running:
            stop_workers(running[0])
            be_patient()
            measured = Scaling(*running)
            for name in self.chosen("scaling", measured.names()):

                def one(name: str = name) -> None:
                    self.results["scaling"][name], self.calls[name] = measured.run(name)

                self.attempt(f"scaling.{name}", one)

    def selective_1m(self) -> None:
        """Selective notification of a million followers."""
        from bench.growth.selective import measure

        with self.platform() as (running, meter, _):
            self.results["selective_1m"] = measure(running, meter)

    def delivery(self) -> None:
        """Notifications until they are delivered, and their peers."""
        from bench.delivery import measured

        count = measured.QUICK if self.options.quick else measured.COUNT
        self.results["delivery"] = measured.measure(count)

    @contextmanager
    def platform(self) -> Iterator[tuple[Any, Any, Any]]:
        """A platform with a meter, limits as deployed, and the sizes to measure."""
        from bench import fixtures
        from bench.meter import Meter
        from tests.platform import Platform

        size = fixtures.QUICK if self.options.quick else fixtures.FULL
        with (
            tempfile.TemporaryDirectory() as state,
            Platform.start(Path(state)) as platform,
            Meter() as meter,
            fixtures.as_deployed(),
        ):
            yield platform, meter, size

    def apps(self) -> None:
        """Imports and bundles."""
        from bench import apps

        runs = 3 if self.options.quick else apps.RUNS
        self.results["apps"] = apps.measure(
            runs, build=self.options.bundles or not self.options.quick
        )

    def crawl(self) -> None:
        """Our crawler and Scrapy; growth, traps, politeness and memory of ours."""
        from bench.crawling import comparison, growth

        quick, found = self.options.quick, self.results["crawl"]

        def compare() -> None:
            size = (comparison.QUICK_PAGES, 1) if quick else (comparison.PAGES, comparison.ROUNDS)
            compared, operations = comparison.measure(*size)
            found.update(compared)
            self.results["operations"] |= operations

        self.attempt("crawl.compared", compare)
        sizes = growth.QUICK_SIZES if quick else None
        self.attempt("crawl.sizes", lambda: found.update(growth.by_size(sizes)))
        if not quick:
            self.attempt("crawl.traps", lambda: found.update(growth.traps()))
            self.attempt("crawl.politeness", lambda: found.update(growth.politeness()))
            self.attempt("crawl.memory", lambda: found.update(growth.memory()))

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

        for part in ORDER:
            if self.wanted(part):
                self.attempt(part, getattr(self, part))
        print("\n".join(report.lines(self.results)))
        if self.options.calls:
            for name, calls in self.calls.items():
                print(f"\n{name}:", *calls, sep="\n  ")
        over, missing = budgets.judge(self.results), budgets.missing(self.results)
        self._write(missing)
        for line in over:
            print(f"over budget: {line}")
        for line in self.failures:
            print(line)
        partial = self.options.only is not None
        if partial and missing:
            print(f"--only: {len(missing)} figures with budgets were not measured")
        for line in () if partial else missing:
            print(f"not measured: {line}")
        return 1 if over or self.failures or (missing and not partial) else 0

    def _write(self, missing: list[str]) -> None:
        path = self.options.json or (RESULTS if self.options.only is None else None)
        if path is None:
            return
        self.results["meta"] = {
            "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "python": machine.python_version(),
            "quick": self.options.quick,
            "only": self.options.only,
            "missing": missing,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.results, indent=2) + "\n")
        print(f"written to {path}")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the results")
    parser.add_argument("--only", help=f"{', '.join(PARTS)} or one member, such as whole.like")
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
    return [*PARTS, *(name for names in _members().values() for name in names)]


def _part_of(only: str) -> str:
    """Return the part that measures a member, or the part itself."""
    return next((part for part, names in _members().items() if only in names), only)


def _members() -> dict[str, list[str]]:
    """Names of all members by part; a plain name is an operation's first."""
    from bench.growth.scaling import Scaling
    from bench.growth.whole import Whole
    from bench.operations import Operations

    operations, whole, curves = Operations.names(), Whole.names(), Scaling.names()
    new = [one for one in whole if one not in operations]
    return {
        "operations": operations,
        "whole": [*new, *(f"whole.{one}" for one in whole)],
        "scaling": [*curves, *(f"scaling.{one}" for one in curves)],
        "crawl": ["crawl_page", "crawl_hosts_page", "crawl_plain_page"],
    }


if __name__ == "__main__":
    sys.exit(main())
