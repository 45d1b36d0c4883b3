"""Tell what a domain lacks: `python -m scripts.mould.whole [NAME …]`.

Reads files only, so that a broken domain is told about instead of failing to import.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from scripts.base import tables
from scripts.base.cfn_yaml import load_template
from scripts.base.domain import domains
from scripts.base.process import ROOT
from scripts.deploy.standard import ACCOUNTS_DOMAIN

API = "api"
_EVENT = re.compile(r"[a-z]+\.[a-z_]+")
STANDARD_HANDLERS = {"export_user": "export", "erase_user": "erasure"}


def gaps(name: str, root: Path = ROOT) -> list[str]:
    """List what a domain lacks, one line each; empty if it is whole."""
    home = root / "apps" / name
    return [
        *_missing_files(name, home, root),
        *_broken_imports(name, home),
        *_unwired(name, home),
        *_unlisted(name, home, root),
    ]


def _missing_files(name: str, home: Path, root: Path) -> Iterator[str]:
    package = home / "chalicelib" / name
    wanted = {
        home / "app.py": "routes and handlers",
        home / "functions.toml": "rights, memory and timeouts of its functions",
        home / "requirements.in": "packages that it imports",
        home / "requirements.txt": "pinned packages (make requirements)",
        home / "resources.yaml": "its tables and queues",
        package / "__init__.py": "the package",
        package / "core" / "models.py": "its tables as models",
        package / "routes": "its routes",
        root / "docs" / f"{name}.md": "its page of documentation",
    }
    for path, purpose in wanted.items():
        if not path.exists():
            yield f"{path.relative_to(root)} is missing: {purpose}"
    for room in sorted({path.parent for path in package.rglob("*.py")} - {package}):
        if not (room / "__init__.py").is_file():
            yield f"{room.relative_to(root)}/__init__.py is missing: it says what the room is for"
    link = home / "vendor" / "shared"
    if not link.is_symlink() or link.readlink() != Path("..", "..", "..", "shared"):
        yield f"apps/{name}/vendor/shared must lead to ../../../shared"
    if (home / "chalicelib" / "__init__.py").exists():
        yield f"apps/{name}/chalicelib/__init__.py must not be there: it hides other domains"
    for kind in ("unit", "integration"):
        if not list((root / "tests" / kind / name).rglob("test_*.py")):
            yield f"tests/{kind}/{name} has no tests"


def _unwired(name: str, home: Path) -> Iterator[str]:
    """Handlers and declarations without each other; missing standard ones."""
    declaration, code = home / "functions.toml", home / "app.py"
    if not declaration.is_file() or not code.is_file():
        return
    declared = tomllib.loads(declaration.read_text()).keys() - {"stages"}
    handlers = {*_handlers(code), API}
    for handler in sorted(handlers - declared):
        yield f"apps/{name}/functions.toml does not declare {handler}"
    for handler in sorted(declared - handlers):
        yield f"apps/{name}/app.py has no handler {handler}"
    for handler, purpose in STANDARD_HANDLERS.items():
        own = name == ACCOUNTS_DOMAIN and purpose == "erasure"
        if handler not in handlers and not own:
            yield f"apps/{name}/app.py has no handler {handler}: its part of every {purpose}"


def _handlers(code: Path) -> Iterator[str]:
    """Functions that a decorator of the app makes event handlers."""
    for node in _parsed(code).body:
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            yield node.name


def _unlisted(name: str, home: Path, root: Path) -> Iterator[str]:
    """Tables without a row in the data model, and events without a schema."""
    template = home / "resources.yaml"
    resources = (load_template(template).get("Resources") or {}) if template.is_file() else {}
    page = (root / "docs" / "data-model.md").read_text()
    section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    for resource in resources.values():
        if tables.is_table(resource):
            table = str(resource["Properties"]["TableName"]["Fn::Sub"]).partition(f"{name}-")[2]
            if f"| `{table}` |" not in section:
                yield f"docs/data-model.md does not describe the table {table} of {name}"
            kind = tables.kind(resource)
            if kind not in tables.KINDS:
                yield f"resources.yaml does not say whether the table {table} is truth or derived"
            elif f"| `{table}` | {kind} |" not in section:
                yield f"docs/data-model.md does not say that the table {table} of {name} is {kind}"
            elif (resource["Type"] == tables.GLOBAL) is not (kind == tables.TRUTH):
                yield f"the table {table} of {name} is {kind}: truth is global, derived is not"
    for kind in _event_types(home / "chalicelib" / name / "publishing.py"):
        if not (root / "shared" / "schemas" / "events" / f"{kind}.json").is_file():
            yield f"shared/schemas/events/{kind}.json is missing: publishing.py names the event"


def _event_types(publishing: Path) -> list[str]:
    """Event types that a module names as literals: ``tweet.created``."""
    if not publishing.is_file():
        return []
    found = (node.value for node in ast.walk(_parsed(publishing)) if isinstance(node, ast.Constant))
    return sorted({one for one in found if isinstance(one, str) and _EVENT.fullmatch(one)})


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _defined(path: Path) -> set[str]:
    """Names that a module defines at its top."""
    found: set[str] = set()
    for node in _parsed(path).body if path.is_file() else []:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {one.id for one in targets if isinstance(one, ast.Name)}
    return found


def _broken_imports(name: str, home: Path) -> Iterator[str]:
    """Imports of the domain's own modules that lead nowhere."""
    for path in sorted([*home.glob("app.py"), *(home / "chalicelib").rglob("*.py")]):
        for node in ast.walk(_parsed(path)):
            if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith(
                f"chalicelib.{name}"
            ):
                continue
            place = home / str(node.module).replace(".", "/")
            if place.with_suffix(".py").is_file():
                continue
            defined = _defined(place / "__init__.py")
            for one in node.names:
                module = place / one.name
                there = module.with_suffix(".py").is_file() or module.is_dir()
                if not there and one.name not in defined:
                    where = path.relative_to(home.parent.parent)
                    yield f"{where} imports {node.module}.{one.name}, which is not there"


def main() -> int:
    """Command line: names of domains; all without one."""
    left = [line for name in sys.argv[1:] or domains() for line in gaps(name)]
    print("\n".join(left) or "every domain is whole")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
