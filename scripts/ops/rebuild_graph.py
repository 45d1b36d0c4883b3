"""Rebuild users' graph items from the pairs, while the platform runs.

Who blocks a user, and the version of the user's relations: `shared.contracts.graph_state`.
"""

import argparse

from scripts.base.domain import load_app
from scripts.ops.operator_access import enter


def rebuild() -> int:
    """Rebuild all graph items; returns the number of slices."""
    load_app("users")
    from chalicelib.users.graph.rebuild import rebuild_slice

    slices, position = 1, rebuild_slice()
    while position is not None:
        slices, position = slices + 1, rebuild_slice(position)
    return slices


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--aws", action="store_true", help="the stage on AWS, not the local stack")
    enter(parser.parse_args().aws)
    print(f"graph items rebuilt in {rebuild()} slices")


if __name__ == "__main__":
    main()
