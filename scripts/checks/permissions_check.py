"""Compare the AWS actions of functions with what their policies grant.

    python -m scripts.checks.permissions_check DIRECTORY [--all]

Nothing may be missing, and when all tests have run (``tests/conftest.py`` leaves
a mark then; ``--all`` says so by hand) nothing may be granted that no test has
used. What does not fit is told as the line of ``apps/<domain>/functions.toml`` to
add or to remove. What the tests cannot use is named with its reason in
``infra/iam_exceptions.json``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.base.domain import APPS, domains
from scripts.base.process import ROOT
from scripts.checks.permissions import COMPLETE
from scripts.wiring.declaration import load
from scripts.wiring.names import DECLARATION
from scripts.wiring.render import policy
from scripts.wiring.rights import declared

EXCEPTIONS = ROOT / "infra" / "iam_exceptions.json"
# Written against this stage.
STAGE = "dev"
# Resources that an action cannot have, though a statement may name them beside others.
_INDEXED = frozenset({"dynamodb:Query", "dynamodb:Scan"})

Call = tuple[str, str, str, str]


@dataclass(frozen=True)
class Grant:
    """One action on one resource, allowed by one statement of a policy.

    Attributes:
        function: ``<domain>/<function>``.
        resource: what follows the account in the ARN, with wildcards.
        alias: for keys, the pattern of the alias.
    """

    function: str
    action: str
    resource: str
    alias: str = ""

    def allows(self, action: str, resource: str) -> bool:
        """Return True if this grant allows the call."""
        if action.lower() != self.action.lower():
            return False
        if action.startswith(("kms:", "ses:")) or not resource:
            # A key's name, by which its policy would be found, is its alias.
            return not self.alias or not resource or _matches(self.alias, resource)
        return _matches(self.resource, resource)


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _aliases(statement: dict[str, Any]) -> list[str]:
    for tests in (statement.get("Condition") or {}).values():
        if "kms:RequestAlias" in tests:
            return _listed(tests["kms:RequestAlias"])
    return [""]


def _possible(action: str, resource: str) -> bool:
    return "/index/" not in resource or action in _INDEXED


def grants(function: str, document: dict[str, Any]) -> Iterator[Grant]:
    """Yield what the policy of a function allows, one by one."""
    for statement in document["Statement"]:
        for action in _listed(statement["Action"]):
            for arn in _listed(statement["Resource"]):
                resource = arn.split(":", 5)[5] if arn.count(":") >= 5 else arn
                for alias in _aliases(statement):
                    if _possible(action, resource):
                        yield Grant(function, action, resource, alias)


def all_grants() -> list[Grant]:
    """Return what all functions may do."""
    found: dict[Grant, None] = {}
    for domain in domains():
        wiring = load(domain)
        for function in wiring.functions:
            document = policy(wiring, function, STAGE)
            found |= dict.fromkeys(grants(f"{domain}/{function.name}", document))
    return list(found)


def line(grant: Grant) -> str:
    """Return the place and line of a declaration for a grant.

    ``apps/users/functions.toml [api]: query = ["search"]  (dynamodb:Query on table/…)``.
    """
    domain, _, function = grant.function.partition("/")
    place = f"apps/{domain}/{DECLARATION} [{function}]"
    raw = f"{grant.action} on {grant.resource} {grant.alias}".rstrip()
    found = declared(grant.action, grant.alias or grant.resource, domain, STAGE)
    if found is None:
        return f"{place}: {raw}, which follows from its kind"
    return f"{place}: {found}  ({raw})"


def recorded(directory: Path) -> set[Call]:
    """Return domain, function, action and resource of recorded calls."""
    return {
        tuple(json.loads(line))
        for path in sorted(directory.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    }


@dataclass(frozen=True)
class Findings:
    """Differences between calls and policies.

    Attributes:
        missing: calls that no policy allows.
        unused: grants that nobody used and that are no exceptions.
        stale: exceptions that except nothing.
    """

    missing: list[str]
    unused: list[str]
    stale: list[str]


def compare(
    calls: set[Call],
    granted: list[Grant],
    not_seen: Mapping[str, str],
    not_always_seen: Mapping[str, str] | None = None,
) -> Findings:
    """Compare recorded calls with granted permissions.

    ``not_seen`` and ``not_always_seen`` are keyed by ``<action>``, ``<action> <resource>``,
    ``<domain>/<function> <action>`` or ``<domain>/<function> <action> <resource>``. The latter
    are needed as long as anything of the kind is granted.
    """
    sometimes = not_always_seen or {}
    missing, used = set(), set()
    for domain, function, action, resource in calls:
        if not (APPS / domain / "app.py").is_file():
            # An app that a test has made up.
            continue
        name = f"{domain}/{function}"
        fitting = [one for one in granted if one.function == name and one.allows(action, resource)]
        used.update(fitting)
        if not fitting:
            missing.add(line(Grant(name, action, resource or "*")))
    unseen = [one for one in granted if one not in used]

    def excepted(one: Grant, exceptions: Mapping[str, str]) -> str | None:
        narrow = f"{one.function} {one.action}"
        keys = (
            f"{narrow} {one.resource}", narrow, f"{one.action} {one.resource}", one.action,
        )  # fmt: skip
        return next((key for key in keys if key in exceptions), None)

    either = {**not_seen, **sometimes}
    needed = {excepted(one, not_seen) for one in unseen} | {
        excepted(one, sometimes) for one in granted
    }
    return Findings(
        sorted(missing),
        sorted(line(one) for one in unseen if excepted(one, either) is None),
        sorted(set(either) - needed),
    )  # fmt: skip


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--all", action="store_true", help="all tests have run")
    options = parser.parse_args()
    exceptions = json.loads(EXCEPTIONS.read_text())
    calls, granted = recorded(options.directory), all_grants()
    found = compare(calls, granted, exceptions["not_seen"], exceptions["not_always_seen"])
    for one in found.missing:
        print(f"not granted; add to {one}")
    everything = options.all or (options.directory / COMPLETE).is_file()
    if not everything:
        print("Not all tests have run: what nobody uses is not looked for.")
    else:
        for one in found.unused:
            print(f"never used; remove from {one}")
        if found.unused:
            print(
                "No test used these. Test what needs them, remove them, or name them with a "
                "reason under not_seen in infra/iam_exceptions.json. A line that is not there "
                "follows from the function's kind (scripts/wiring/standard.py)."
            )
        for one in found.stale:
            print(f"no exception any more: {one}; take it out of infra/iam_exceptions.json")
    bad = found.missing or (everything and (found.unused or found.stale))
    if not bad:
        print(f"{len(calls)} kinds of calls, {len(granted)} permissions")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
