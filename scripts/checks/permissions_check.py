"""Compares the AWS actions that functions made with what their policies grant.

    python -m scripts.checks.permissions_check DIRECTORY [--all]

Nothing may be missing, and when all tests have run (``tests/conftest.py`` leaves
a mark then; ``--all`` says so by hand) nothing may be granted that no test has
used. What the tests cannot use is named with its reason in
``infra/iam_exceptions.json``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from scripts.base.domain import APPS, domains
from scripts.base.process import ROOT
from scripts.checks.permissions import API, COMPLETE

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
        policy: ``<domain>/<file without stage>``.
        resource: what follows the account in the ARN, with wildcards.
        alias: for keys, the pattern of the alias.
    """

    policy: str
    action: str
    resource: str
    alias: str = ""

    def allows(self, action: str, resource: str) -> bool:
        """Whether the call is one of those that this allows."""
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


def grants(policy: str, document: dict[str, Any]) -> Iterator[Grant]:
    """What a policy allows, one by one."""
    for statement in document["Statement"]:
        for action in _listed(statement["Action"]):
            for arn in _listed(statement["Resource"]):
                resource = arn.split(":", 5)[5] if arn.count(":") >= 5 else arn
                for alias in _aliases(statement):
                    if _possible(action, resource):
                        yield Grant(policy, action, resource, alias)


def policies(domain: str) -> dict[str, str]:
    """The policy of each function of an app: name of the file without its stage."""
    config = json.loads((APPS / domain / ".chalice" / "config.json").read_text())
    stage = config["stages"][STAGE]
    found = {API: stage["iam_policy_file"]} | {
        name: one.get("iam_policy_file", stage["iam_policy_file"])
        for name, one in stage["lambda_functions"].items()
    }
    return {name: file.removesuffix(f"-{STAGE}.json") for name, file in found.items()}


def all_grants() -> list[Grant]:
    """What all functions may do."""
    found: dict[Grant, None] = {}
    for domain in domains():
        for name in sorted(set(policies(domain).values())):
            path = APPS / domain / ".chalice" / f"{name}-{STAGE}.json"
            for grant in grants(f"{domain}/{name}", json.loads(path.read_text())):
                found[grant] = None
    return list(found)


def recorded(directory: Path) -> set[Call]:
    """Domain, function, action and resource of all calls that were noted."""
    return {
        tuple(json.loads(line))
        for path in sorted(directory.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    }


@dataclass(frozen=True)
class Findings:
    """What does not fit.

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
    """Hold what was called against what is granted.

    ``not_seen`` and ``not_always_seen`` are keyed by ``<action>``, ``<action> <resource>``,
    ``<domain>/<policy> <action>`` or ``<domain>/<policy> <action> <resource>``. The latter are
    needed as long as anything of the kind is granted.
    """
    sometimes = not_always_seen or {}

    @cache
    def of(domain: str) -> dict[str, str]:
        return policies(domain)

    missing, used = set(), set()
    for domain, function, action, resource in calls:
        if not (APPS / domain / "app.py").is_file():
            # An app that a test has made up.
            continue
        policy = f"{domain}/{of(domain).get(function, function)}"
        fitting = [one for one in granted if one.policy == policy and one.allows(action, resource)]
        used.update(fitting)
        if not fitting:
            missing.add(f"{policy}: {action} on {resource or 'anything'} ({function})")
    unseen = [one for one in granted if one not in used]

    def excepted(one: Grant, exceptions: Mapping[str, str]) -> str | None:
        narrow = f"{one.policy} {one.action}"
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
        sorted(f"{g.policy}: {g.action} on {g.resource} {g.alias}".rstrip()
               for g in unseen if excepted(g, either) is None),
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
    for line in found.missing:
        print(f"not granted: {line}")
    if found.missing:
        print("Functions made these calls; grant them in apps/<domain>/.chalice/<policy>-*.json.")
    everything = options.all or (options.directory / COMPLETE).is_file()
    if not everything:
        print("Not all tests have run: what nobody uses is not looked for.")
    else:
        for line in found.unused:
            print(f"never used: {line}")
        if found.unused:
            print(
                "No test used these. Test what needs them, take them out of the policies of both "
                "stages, or name them with a reason under not_seen in infra/iam_exceptions.json."
            )
        for line in found.stale:
            print(f"no exception any more: {line}; take it out of infra/iam_exceptions.json")
    bad = found.missing or (everything and (found.unused or found.stale))
    if not bad:
        print(f"{len(calls)} kinds of calls, {len(granted)} permissions")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
