"""Write the files that Chalice reads: `make wiring`.

    python -m scripts.wiring.write [--stage NAME …] [DOMAIN …]

For every domain ``.chalice/config.json``, ``.chalice/policy-<function>-<stage>.json``
and ``merge.yaml``. No file of these is kept in the repository.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.base.cfn_yaml import dump_template
from scripts.base.domain import APPS, domains
from scripts.wiring.declaration import DeclarationError, Wiring, load
from scripts.wiring.names import CHALICE, CONFIG, DECLARATION, MERGE, STAGES
from scripts.wiring.render import ARCHITECTURE, config, merge, policy, policy_file

_HEAD = f"# Written from {DECLARATION} and app.py by `make wiring`; changes here are lost.\n"


def _replace(path: Path, text: str) -> None:
    """Replace a file at once, unless it holds the text already."""
    if path.is_file() and path.read_text() == text:
        return
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(text)
    draft.replace(path)


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2) + "\n"


def _written(path: Path) -> list[str]:
    return list(json.loads(path.read_text())["stages"]) if path.is_file() else []


def write(
    wiring: Wiring, project: Path, stages: Iterable[str], architecture: str = ARCHITECTURE
) -> None:
    """Write what Chalice reads of a domain into a project directory.

    Stages that are there stay: another command may be at work with them.
    """
    place = project / CHALICE
    place.mkdir(exist_ok=True)
    stages = list(dict.fromkeys([*_written(place / CONFIG), *stages]))
    files = {CONFIG: config(wiring, stages, architecture)}
    for stage in stages:
        for function in wiring.functions:
            files[policy_file(function.name, stage)] = policy(wiring, function, stage)
    for path in place.glob("policy-*.json"):
        if path.name not in files:
            path.unlink(missing_ok=True)
    for name, content in files.items():
        _replace(place / name, _json(content))
    _replace(project / MERGE, _HEAD + dump_template(merge(wiring)))


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("domains", nargs="*", metavar="DOMAIN")
    parser.add_argument("--stage", action="append", default=[], help="besides dev and prod")
    options = parser.parse_args()
    try:
        for domain in options.domains or domains():
            write(load(domain), APPS / domain, [*STAGES, *options.stage])
    except DeclarationError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
