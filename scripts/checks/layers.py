"""Hold the layers by import-linter: what may import what.

The contracts are written out for the domains that there are, so a new one is held without a
further list. ``chalicelib`` is a namespace package over ``apps/*/``: with each app's directory
on the path, every domain's package is a root of one graph.
"""

import sys
import tempfile
from configparser import ConfigParser
from pathlib import Path

from importlinter.cli import lint_imports

from scripts.base.domain import APPS, domains

# From above to below; those in one layer do not know each other.
SHARED = ["http", "auth", "contracts", "aws | media | net | text", "base"]
# Inside an app, around its capabilities.
TOP, BOTTOM = "routes", "core"

Contract = dict[str, str]


def contracts(names: list[str], apps: Path = APPS) -> dict[str, Contract]:
    """Return the contracts by id, for the domains with these names."""
    packages = {name: f"chalicelib.{name}" for name in names}
    held: dict[str, Contract] = {
        "tree": {
            "name": "scripts above apps above shared; no app imports another",
            "type": "layers",
            "layers": _lines(["scripts", " | ".join(packages.values()), "shared"]),
        },
        "shared": {
            "name": "layers of shared",
            "type": "layers",
            "containers": "shared",
            "layers": _lines(SHARED),
            "exhaustive": "true",
        },
        "acyclic": {
            "name": "no cycles among the folders of an app or of scripts",
            "type": "acyclic_siblings",
            "ancestors": _lines([*packages.values(), "scripts"]),
            "depth": "0",
        },
    }
    for name, package in packages.items():
        rooms = sorted(
            path.stem
            for path in (apps / name / "chalicelib" / name).iterdir()
            if path.stem not in (TOP, BOTTOM) and not path.stem.startswith("__")
        )
        held[name] = {
            "name": f"routes above capabilities above core of {name}",
            "type": "layers",
            "containers": package,
            "layers": _lines([f"({TOP})", " : ".join(rooms), f"({BOTTOM})"]),
        }
    return held


def configuration(names: list[str], apps: Path = APPS) -> ConfigParser:
    """Return import-linter's configuration."""
    parser = ConfigParser()
    roots = ["shared", "scripts", *(f"chalicelib.{name}" for name in names)]
    parser["importlinter"] = {"root_packages": _lines(roots)}
    for key, contract in contracts(names, apps).items():
        parser[f"importlinter:contract:{key}"] = contract
    return parser


def _lines(values: list[str]) -> str:
    return "\n" + "\n".join(values)


def main() -> int:
    """Command line: check all contracts; 1 when one is broken."""
    names = domains()
    sys.path[:0] = [str(APPS / name) for name in names]
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        configuration(names).write(file)
        file.flush()
        return lint_imports(config_filenames=(file.name,), no_cache=True, no_logo=True)


if __name__ == "__main__":
    sys.exit(main())
