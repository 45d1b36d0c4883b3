"""`make republish DOMAIN= SINCE=`: publish changes since a moment again.

The last resort after stream records were lost. Items newer than the moment are read from the
tables and handed to the domain's own readers of streams that publish, as changes of which the
former state is not known. Event ids follow from items and versions, so that whoever had an event
ignores it; the readers' other parts tolerate such changes, as after a crash of the local stack.
What an item was in between, and items that are gone, are not told.
"""

import argparse
import sys
from collections.abc import Iterator
from types import ModuleType

from scripts.base.domain import load_app
from scripts.ops.operator_access import enter
from scripts.pump.sweep import sweep
from scripts.wiring.declaration import load
from shared.aws import sdk
from shared.base.clock import parse_iso


def publishers(module: ModuleType, domain: str) -> Iterator[tuple[str, str]]:
    """Names of a domain's readers of streams that publish, with tables."""
    rights = {one.name: one.rights for one in load(domain).handlers}
    for source in module.app.event_sources:
        table = getattr(source, "stream_arn", "")
        if table and "publish" in rights[source.name]:
            yield source.name, table


def republish(domain: str, since_ms: int) -> dict[str, int]:
    """Publish once more; how many items of which table.

    Raises:
        LookupError: the domain publishes nothing from a table, or does not exist.
    """
    module = load_app(domain)
    found = dict.fromkeys((table for _, table in publishers(module, domain)), 0)
    if not found:
        raise LookupError(f"{domain} publishes nothing from a table")
    dynamodb = sdk.client("dynamodb")
    for name, table in publishers(module, domain):
        description = dynamodb.describe_table(TableName=table)["Table"]
        for records in sweep(dynamodb, description, since_ms):
            getattr(module, name)({"Records": records}, None)
            found[table] += len(records)
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("domain")
    parser.add_argument("since", help="RFC 3339, such as 2026-11-26T08:00:00Z")
    parser.add_argument("--aws", action="store_true", help="the stage on AWS, not the local stack")
    options = parser.parse_args()
    try:
        since = parse_iso(options.since)
    except ValueError:
        sys.exit(f"no date-time with an offset: {options.since}")
    enter(options.aws)
    try:
        found = republish(options.domain, since)
    except LookupError as error:
        sys.exit(str(error))
    for table, count in found.items():
        print(f"{table}: {count} items")


if __name__ == "__main__":
    main()
