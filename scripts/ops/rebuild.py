"""`make rebuild TABLE=tweets-heads [FROM=…]`: rebuild a derived table.

Each domain says what its derived tables follow from (``chalicelib/<domain>/rebuilds.py``). This
command reads these source tables slice by slice and hands each slice to the domain's own rule. It
may run while the platform does, may be interrupted, goes on where it was (``FROM``), and may run
twice. Sums in counters are corrected first, as `scripts.ops.repair` does under traffic.
"""

import argparse
import base64
import binascii
import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

from scripts.base.domain import domains, load_app
from scripts.ops import repair
from scripts.ops.operator_access import enter, local_environment
from shared.aws.dynamo import Item, TransactionCanceled, Unprocessed
from shared.aws.rebuilds import Rebuild, Way
from shared.aws.retries import RetryLater
from shared.aws.table import Table
from shared.base.backoff import pause
from shared.base.config import settings

SLICE = 100
_ATTEMPTS = 5
# Slices between two lines of progress.
_EVERY = 10
# Tables that every domain has (scripts/deploy/standard.py).
STANDARD: dict[str, Way] = {
    "limits": "Rate limits expire within the day; without them everybody's limits start anew.",
    "idempotency": (
        "Keys of requests expire within a day. Without them, a request that was sent before and "
        "is repeated now takes effect twice."
    ),
}

Say = Callable[[str], None]


class Interrupted(Exception):
    """End of a rebuild before its end; the message says where to go on."""


def ways(names: list[str] | None = None) -> dict[str, Way]:
    """Return each derived table's rebuild by ``<domain>-<table>``."""
    found: dict[str, Way] = {}
    for domain in names or domains():
        load_app(domain)
        try:
            own = importlib.import_module(f"chalicelib.{domain}.rebuilds").REBUILDS
        except ModuleNotFoundError:
            # A domain from the mould has the standard ones only.
            own = {}
        found |= {f"{domain}-{table}": way for table, way in (STANDARD | own).items()}
    return found


def rebuild(name: str, *, start: str = "", lag: float = 60, say: Say = print) -> int:
    """Rebuild a table; return the number of source items read.

    Args:
        name: ``<domain>-<table>``.
        start: a position that an interrupted rebuild named.
        lag: of streams and queues at most, in seconds, for sums in counters.

    Raises:
        LookupError: there is no such derived table, or no such position.
        Interrupted: see the message.
    """
    known = ways()
    if name not in known:
        raise LookupError(f"{name or 'TABLE'} is no derived table; there are: {' '.join(known)}")
    way, (domain, _, table) = known[name], name.partition("-")
    if isinstance(way, str):
        say(f"{name} needs no rebuild. {way}")
        return 0
    first, position = _position(start, len(way))
    if not start and table == "counters" and domain in repair.DOMAINS:
        _correct_sums(domain, lag, say)
    total = 0
    for number in range(first, len(way)):
        total += _pass(way[number], number, position, say)
        position = None
    say(f"{name}: done, {total} items read")
    return total


def _correct_sums(domain: str, lag: float, say: Say) -> None:
    outcome = repair.repair(domain, lag=lag)
    say(f"{outcome.right} right, {len(outcome.repaired)} repaired, {len(outcome.busy)} busy")
    if outcome.busy:
        say(f"never at rest, run it again: {' '.join(outcome.busy[:20])}")


def _pass(step: Rebuild, number: int, position: Item | None, say: Say) -> int:
    """Hand the items of a source table to a rule; return their number."""
    source: Table[Any] = Table(settings().name(step.domain, step.table), "")
    count = slices = 0
    try:
        while True:
            page = source.scan_page(limit=SLICE, start=position)
            _with_patience(step, page.items)
            count, slices, position = count + len(page.items), slices + 1, page.last_key
            if position is None:
                say(f"  {count} items of {source.name}")
                return count
            if slices % _EVERY == 0:
                say(f"  {count} items of {source.name}, FROM={_token(number, position)}")
    except BaseException as error:
        raise Interrupted(
            f"interrupted ({type(error).__name__}); go on with FROM={_token(number, position)}"
        ) from error


def _with_patience(step: Rebuild, items: list[Item]) -> None:
    """Apply a rule; workers of the platform may be writing the same items."""
    for attempt in range(_ATTEMPTS):
        try:
            step.slice(items)
            return
        except (TransactionCanceled, Unprocessed, RetryLater):
            if attempt + 1 == _ATTEMPTS:
                raise
            pause(attempt)


def _token(number: int, position: Item | None) -> str:
    return base64.urlsafe_b64encode(json.dumps([number, position]).encode()).decode().rstrip("=")


def _position(token: str, passes: int) -> tuple[int, Item | None]:
    """Pass and key that a token names.

    Raises:
        LookupError: it names none.
    """
    if not token:
        return 0, None
    try:
        number, position = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (binascii.Error, ValueError, TypeError) as error:
        raise LookupError(f"FROM={token} is no position of a rebuild") from error
    if not isinstance(number, int) or not 0 <= number < passes:
        raise LookupError(f"FROM={token} is no position in this rebuild")
    return number, position


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", nargs="?", default="")
    parser.add_argument("--from", dest="start", default="")
    parser.add_argument("--lag", type=float, default=60)
    parser.add_argument("--aws", action="store_true", help="the stage on AWS, not the local stack")
    options = parser.parse_args()
    # Apps read their settings once, so the environment comes before them. Names, and why a table
    # needs nothing, are told also while nothing runs.
    if options.aws or local_environment() or not isinstance(ways().get(options.table, ""), str):
        enter(options.aws)
    try:
        rebuild(options.table, start=options.start, lag=options.lag)
    except (LookupError, Interrupted) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
