"""Rebuild users' graph items from the pairs, while the platform runs.

Who blocks a user, and the version of the user's relations: `shared.contracts.graph_state`.
"""

import argparse
from collections.abc import Callable
from typing import Any

from scripts.base.domain import load_app
from scripts.ops.operator_access import enter
from shared.aws.dynamo import Item
from shared.aws.table import Table

SLICE = 100


def rebuild() -> int:
    """Rebuild all graph items; returns the number of pairs."""
    load_app("users")
    from chalicelib.users.core.models import FOLLOWS, GRAPH
    from chalicelib.users.graph import rebuild

    pairs = _each_slice(FOLLOWS, rebuild.follow_pairs)
    _each_slice(GRAPH, rebuild.check_items)
    return pairs


def _each_slice(table: Table[Any], follow: Callable[[list[Item]], None]) -> int:
    count, start = 0, None
    while True:
        page = table.scan_page(limit=SLICE, start=start)
        follow(page.items)
        count, start = count + len(page.items), page.last_key
        if start is None:
            return count


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--aws", action="store_true", help="the stage on AWS, not the local stack")
    enter(parser.parse_args().aws)
    print(f"graph items rebuilt from {rebuild()} pairs")


if __name__ == "__main__":
    main()
