"""Compares the answers that tests have seen with those that the routes declare.

    python -m scripts.checks.answers_check DIRECTORY [--all]

The tests' platform holds every answer against the schema of its route and notes
which answers it has seen (`tests.answers`). When all tests have run
(``tests/conftest.py`` leaves a mark then; ``--all`` says so by hand), a declared
answer that none of them has seen is an unproved claim, and an error.
"""

import argparse
import sys
from pathlib import Path

from scripts.base.domain import domains, load_app
from scripts.checks.permissions import COMPLETE

SUFFIX = ".answers"
# Answers that the integration tests cannot see, with the reason.
UNSEEN: dict[str, str] = {}


def recorded(directory: Path) -> set[str]:
    """Return the answers that tests have seen: ``GET /2/users/me 200``."""
    return {
        line
        for path in sorted(directory.glob(f"*{SUFFIX}"))
        for line in path.read_text().splitlines()
    }


def declared() -> set[str]:
    """Return the answers that the routes of every domain declare."""
    return {
        f"{endpoint.method} {endpoint.path} {answer.status}"
        for domain in domains()
        for endpoint in load_app(domain).app.endpoints
        for answer in endpoint.answers
    }


def compare(seen: set[str], claimed: set[str], unseen: dict[str, str]) -> list[str]:
    """Return what is wrong: answers that no test has seen, and exceptions without a reason to be.

    Args:
        unseen: answers that no test can see, with the reason.
    """
    return [
        *(f"never seen: {one}" for one in sorted(claimed - seen - unseen.keys())),
        *(f"seen, but listed as unseen: {one}" for one in sorted(seen & unseen.keys())),
        *(f"not declared, but listed as unseen: {one}" for one in sorted(unseen.keys() - claimed)),
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--all", action="store_true", help="every test has run")
    arguments = parser.parse_args()
    seen, claimed = recorded(arguments.directory), declared()
    print(f"{len(seen)} of {len(claimed)} declared answers were seen")
    if not arguments.all and not (arguments.directory / COMPLETE).exists():
        return
    wrong = compare(seen, claimed, UNSEEN)
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
