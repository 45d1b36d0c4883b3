"""Check CloudFormation templates with checkov: arguments ``FILE …``.

checkov has a virtual environment of its own (`.venv-stack/policy`) and makes no
requests. What it finds and what stands all the same is listed, with reasons,
in ``infra/policy_exceptions.json``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from scripts.base.process import ROOT

PYTHON = ROOT / ".venv-stack" / "policy" / "bin" / "python"
# checkov's reader of paths makes its parser anew for every path, which takes two thirds of a run.
CHECKOV = """
import functools, sys
from ply import yacc

make, made = yacc.yacc, {}

@functools.wraps(make)
def once(*arguments, **options):
    kind = (type(options.get("module")), options.get("start"))
    if kind not in made:
        made[kind] = make(*arguments, **options)
    return made[kind]

yacc.yacc = once
from checkov.main import Checkov
sys.exit(Checkov().run())
"""
EXCEPTIONS = ROOT / "infra" / "policy_exceptions.json"

Exceptions = dict[str, dict[str, str]]


class PolicyError(RuntimeError):
    """The check could not be made."""


def findings(paths: Iterable[Path]) -> list[tuple[str, str, str]]:
    """Return findings of checkov: its check, the resource, both in words.

    Raises:
        PolicyError: checkov is missing or fails, or reads no resource.
    """
    if not PYTHON.exists():
        raise PolicyError("the policy checks are not installed; run: make install")
    files = [part for path in paths for part in ("-f", str(path))]
    command = [str(PYTHON), "-W", "ignore", "-c", CHECKOV, *files]
    options = "--framework cloudformation --skip-download --compact --quiet --output json"
    done = subprocess.run(
        [*command, *options.split(), "--soft-fail"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        answer: Any = json.loads(done.stdout)
    except ValueError:
        raise PolicyError(f"checkov failed:\n{(done.stderr or done.stdout)[-2000:]}") from None
    summary = answer.get("summary", {})
    if not summary.get("resource_count") or summary.get("parsing_errors"):
        raise PolicyError(f"checkov did not read the templates: {summary or answer}")
    return [
        (
            one["check_id"],
            one["resource"],
            f"{one['check_id']} {one['check_name']}: {one['resource']} in {one['file_path']}",
        )
        for one in answer["results"]["failed_checks"]
    ]


def judge(
    found: Iterable[tuple[str, str, str]], exceptions: Exceptions
) -> tuple[list[str], list[str]]:
    """Return findings without exception, and exceptions without finding."""
    needed: set[tuple[str, str]] = set()
    bad: list[str] = []
    for check, resource, words in found:
        known = exceptions.get(check, {})
        pattern = next((one for one in known if fnmatchcase(resource, one)), None)
        if pattern is None:
            bad.append(words)
        else:
            needed.add((check, pattern))
    every = {(check, pattern) for check, known in exceptions.items() for pattern in known}
    return sorted(bad), sorted(f"{check} {pattern}" for check, pattern in every - needed)


def load_exceptions() -> Exceptions:
    """The exceptions and their reasons, by check and by resource."""
    found: Exceptions = json.loads(EXCEPTIONS.read_text())["exceptions"]
    return found


def main() -> int:
    """Command line."""
    try:
        bad, _ = judge(findings(map(Path, sys.argv[1:])), load_exceptions())
    except PolicyError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(bad) or "nothing found that is not an exception")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
