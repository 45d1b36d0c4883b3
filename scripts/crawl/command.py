"""Crawl a site on this machine, without a server and without an account.

    rookery-crawl https://example.org --max-pages 500 --warc out/ --export pages.csv

Ctrl-C pauses; --resume ID goes on. Exit codes: 0 the crawl finished, 1 it failed or was
stopped, 2 wrong arguments, 130 paused.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.crawl import files, memory
from scripts.crawl.alone import OWNER, crawler
from scripts.crawl.progress import Display
from scripts.emulator.runlock import RunningError
from scripts.emulator.stack import StackError

FAILED, WRONG, PAUSED = 1, 2, 130
# How long a paused run may take to bring in the pages that are being fetched.
_DRAIN_SECONDS, _LOOK_SECONDS = 15.0, 0.3


# Settings that a crawl cannot change once it has begun, by their attributes.
OF_THE_FIRST_CALL = {
    "allow_private": "--allow-private", "max_depth": "--max-depth", "order": "--order",
    "frontier": "--frontier", "scope": "--scope",
}  # fmt: skip


class WrongArguments(Exception):
    """The command line cannot be carried out; the message says why."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    found = argparse.ArgumentParser(
        prog="rookery-crawl", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    found.add_argument("url", nargs="?", metavar="URL", help="where to begin")
    found.add_argument(
        "--allow-private", action="store_true", help="crawl this machine and private networks too"
    )
    found.add_argument("--max-pages", type=int, metavar="N", help="pages to fetch at most")
    found.add_argument("--max-depth", type=int, metavar="N", help="links to follow from the start")
    found.add_argument("--order", choices=("depth-first", "breadth-first", "best-first"))
    found.add_argument("--frontier", choices=("plain", "hosts"))
    found.add_argument("--scope", choices=("host", "domain", "prefix", "any"))
    found.add_argument("--warc", type=Path, metavar="DIR", help="write the bodies as WARC files")
    found.add_argument(
        "--export", type=Path, metavar="FILE", help="write the pages as .csv, .jsonl or .parquet"
    )
    found.add_argument(
        "--resume", metavar="ID",
        help="go on with a paused, killed or ended crawl; --max-pages then raises its limit,\n"
        "and files are those of the first call unless others are given",
    )  # fmt: skip
    found.add_argument(
        "--state", type=Path, metavar="DIR", default=default_state(),
        help="where crawls are kept (default: %(default)s)",
    )  # fmt: skip
    return found


def default_state() -> Path:
    """Return the directory of crawls: ``rookery-crawl`` among the user's data."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "rookery-crawl"


def check(options: argparse.Namespace) -> None:
    """Look at arguments before anything is started.

    Raises:
        WrongArguments: they contradict each other, or a file cannot be written.
    """
    if (options.url is None) == (options.resume is None):
        raise WrongArguments("give either a URL or --resume ID")
    if options.resume is not None:
        for name, option in OF_THE_FIRST_CALL.items():
            if getattr(options, name):
                raise WrongArguments(f"{option}: a crawl keeps that of its first call")
    if options.export is not None:
        if files.export_name(options.export) is None:
            raise WrongArguments(f"--export {options.export}: .csv, .jsonl or .parquet")
        if not options.export.absolute().parent.is_dir():
            raise WrongArguments(f"--export {options.export}: there is no such directory")
    if options.warc is not None:
        try:
            options.warc.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WrongArguments(f"--warc {options.warc}: {error.strerror}") from error


def request(options: argparse.Namespace) -> dict[str, Any]:
    """Return the body of ``POST /1/crawls`` that the arguments stand for."""
    names = ("url", "max_pages", "max_depth", "order", "frontier", "scope")
    body = {name: getattr(options, name) for name in names}
    body["allow_private"] = options.allow_private or None
    if options.warc is not None:
        body["options"] = {"store": ["warc", "graph"]}
    return {name: value for name, value in body.items() if value is not None}


def begin(options: argparse.Namespace) -> str:
    """Start or resume the run, and return its id.

    Raises:
        WrongArguments: the run is refused or unknown, has no such bodies or cannot go on.
    """
    from chalicelib.crawler.control import control, jobs
    from chalicelib.crawler.core import limits
    from chalicelib.crawler.routes import requests
    from chalicelib.crawler.runs import allowances, reading, starting

    from shared.base.errors import Problem
    from shared.base.validation import check as check_schema

    try:
        if options.resume is None:
            body = request(options)
            check_schema(requests.CRAWL, body)
            return str(starting.start(OWNER, body, {})["id"])
        run = reading.show(options.resume, OWNER, True)
        if options.warc is not None and "warc" not in run.get("options", {}).get("store", ()):
            raise WrongArguments("--warc: the crawl keeps no bodies: its first call had no --warc")
        if options.max_pages is not None and options.max_pages != run["max_pages"]:
            more = {"max_pages": options.max_pages}
            nobody_else = allowances.Allowance(limits.MAX_PAGES, limits.MAX_PAGES, 0)
            control.extend(options.resume, OWNER, True, more, nobody_else)
        if run["status"] == "paused":
            control.resume(options.resume, OWNER, True)
        elif run["status"] == "running":
            # An earlier command was killed.
            jobs.start("requeue", {"run": options.resume})
        return str(options.resume)
    except Problem as problem:
        errors = [one["message"] for one in problem.errors or ()]
        raise WrongArguments("; ".join(errors) or problem.detail) from problem
    except ValueError as error:
        raise WrongArguments(str(error)) from error


def follow(run_id: str, display: Display, interrupted: threading.Event) -> dict[str, Any]:
    """Return the run once it has ended, or is paused and at rest."""
    from chalicelib.crawler.control import control
    from chalicelib.crawler.runs import reading

    from shared.base.errors import Problem

    while True:
        run = reading.show(run_id, OWNER, True)
        display.totals(run)
        if run["status"] != "running":
            return run
        if interrupted.wait(_LOOK_SECONDS):
            display.say("pausing: pages in flight still arrive (Ctrl-C again leaves them)")
            try:
                control.pause(run_id, OWNER, True)
            except Problem:
                # It has ended just now.
                return reading.show(run_id, OWNER, True)
            return reading.show(run_id, OWNER, True)


def crawl(options: argparse.Namespace) -> int:
    """Crawl, write the files, and return the exit code.

    Raises:
        WrongArguments: see `begin`.
    """
    interrupted = threading.Event()

    def interrupt(*_: object) -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        interrupted.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, interrupt)
    # Crawls are kept private; files that somebody asked for are as any others.
    usual = os.umask(0o077)
    os.umask(usual)
    with Display() as display, crawler(options.state.absolute(), display.page):
        run_id = begin(options)
        wanted = memory.files_of(options.state, run_id, options.warc, options.export)
        display.say(f"crawl {run_id}")
        run = follow(run_id, display, interrupted)
        if run["status"] == "paused":
            display.say(f"paused; go on with: rookery-crawl --resume {run_id}")
            return PAUSED
        os.umask(usual)
        if wanted.export is not None:
            files.write_export(run_id, wanted.export)
            display.say(f"pages are in {wanted.export}")
        if wanted.warc is not None:
            for path in files.write_warc(run_id, wanted.warc):
                display.say(f"bodies are in {path}")
        for line in summary(run):
            display.say(line)
    return 0 if run["status"] == "finished" else FAILED


def summary(run: dict[str, Any]) -> Iterator[str]:
    """Yield the last lines: cut links, traps, status and totals."""
    stats = run["stats"]
    cut = ", ".join(f"{count} by {rule}" for rule, count in stats["cut"].items() if count)
    if cut:
        yield f"links left out or held back: {cut}"
    for trap in stats.get("traps", ()):
        yield f"trap: {trap}"
    yield (
        f"{run['status']} ({run.get('reason', '')}): {stats['fetched']} fetched, "
        f"{stats['failed']} failed, {stats['skipped']} skipped, {stats['bytes'] / 1e6:.1f} MB"
    )


def main() -> int:
    """Run the command line; return the exit code."""
    from scripts.deploy.provision import ProvisionError

    options = parser().parse_args()
    try:
        check(options)
        return crawl(options)
    except WrongArguments as error:
        print(f"rookery-crawl: {error}", file=sys.stderr)
        return WRONG
    except RunningError:
        print(
            f"rookery-crawl: another crawl uses {options.state}; give it --state", file=sys.stderr
        )
    except (StackError, ProvisionError) as error:
        print(f"rookery-crawl: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return PAUSED
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
